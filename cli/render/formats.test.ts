import test from 'ava'
import { entries } from '../command-list.ts'
import { cases } from '@docket/test/support/mgmt-cases.ts'
import { expectAllForms } from '@docket/test/support/mgmt-formats.ts'
import { needsKafka, needsStack } from '@docket/test/support/mgmt-formats-kafka.ts'

test('each command is called here, or where there is a Kafka or a whole stack', t => {
  t.deepEqual(
    [...Object.keys(cases), ...Object.keys(needsKafka), ...needsStack].sort(),
    entries.map(({ path }) => path).sort(),
  )
})

for (const [command, one] of Object.entries(cases)) {
  test.serial(`mgmt ${command} prints every format, in a pipe and on a terminal`, async t => {
    t.timeout(60_000)
    const sent = await expectAllForms(t, command, one)
    const changes = sent.map(({ method, url }) => `${method} ${url}`).filter(one => !/^GET |\/refresh$/.test(one))
    if (!entries.some(({ path, changesThings }) => path === command && changesThings))
      t.deepEqual(changes, [], `${command} is not one that goes on when nobody reads its output`)
  })
}
