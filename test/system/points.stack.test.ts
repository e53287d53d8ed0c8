import test from 'ava'
import { sampleOf, scenarios } from '@docket/test/faults/points/places.ts'
import { play, prepareField, type Field } from '@docket/test/faults/points/scenario.ts'

// A dozen of all faults at all places, others every day: npm run faults:points has them all.

const day = Math.floor(Date.now() / 86_400_000)
const [atOnce, thatHang] = [12, 1] // a hang takes 40 s

let field: Field
test.before(async () => {
  field = await prepareField()
})
test.after.always(() => field?.stop())

for (const scenario of sampleOf(scenarios, atOnce, day, thatHang)) {
  test.serial(
    `${scenario.service}, ${scenario.place}: ${scenario.mode}. All orders end right and the books are exact`,
    async t => {
      t.timeout(180_000)
      t.deepEqual((await play(field, scenario)).wrong, [])
    },
  )
}
