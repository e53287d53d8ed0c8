import test from 'ava'
import { answered, expectAllForms } from '@docket/test/support/mgmt-formats.ts'
import { byCommand, caseOf } from '@docket/test/support/mgmt-samples.ts'

for (const [command, samples] of byCommand(({ needs }) => needs === undefined))
  test.serial(`mgmt ${command} prints every format, in a pipe and on a terminal`, async t => {
    t.timeout(60_000)
    for (const sample of samples) {
      const sent = await expectAllForms(t, command, caseOf(sample, answered))
      const changes = sent.map(({ method, url }) => `${method} ${url}`).filter(one => !/^GET |\/refresh$/.test(one))
      if (!sample.changesThings)
        t.deepEqual(changes, [], `${command} is not one that goes on when nobody reads its output`)
    }
  })
