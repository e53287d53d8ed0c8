import test from 'ava'
import { sampleOf, scenarios } from '@docket/test/faults/points/failpoints.ts'
import { slow } from '@docket/test/support/slow.ts'
import { play, prepareField, type Field } from '@docket/test/faults/points/scenario.ts'

// Three of all scenarios, others each day; npm run faults:points has them all, and some are among the long tests.

const day = Math.floor(Date.now() / 86_400_000)
const [atOnce, thatHang] = [3, 0] // a hang takes 40 s

let field: Field
test.before(async () => {
  field = await prepareField()
})
test.after.always(() => field?.stop())

for (const scenario of sampleOf(scenarios, atOnce, day, thatHang)) {
  test.serial(
    `${scenario.service}, ${scenario.failpoint}: ${scenario.mode}. All orders end right and everything is reconciled`,
    async t => {
      t.timeout(180_000)
      if (scenario.mode === 'kill')
        slow(t, 11, 'a consumer that was killed is a member of its group until its session ends')
      t.deepEqual((await play(field, scenario)).wrong, [])
    },
  )
}
