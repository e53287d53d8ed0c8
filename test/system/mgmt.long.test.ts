import test from 'ava'
import { drills } from '@docket/cli/system/drills.ts'
import { anOperatorsPlace, type Place } from '@docket/test/support/operator.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { copesWith, printsEveryFormat } from './mgmt.ts'

let stack: Stack
let place: Place
test.before(async () => {
  stack = await startStack()
  place = await anOperatorsPlace(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.audit(), [])
})

const slowMs = 240_000 // six processes a command, or a drill that waits

for (const command of ['orders watch', 'orders import', 'items import', 'events tail', 'oversee', 'drill'] as const)
  test.serial(`mgmt ${command} prints every format with a whole stack behind it`, async t => {
    t.timeout(slowMs)
    await printsEveryFormat(t, stack, place, command)
  })

for (const name of Object.keys(drills).filter(one => one !== 'payment-declined' && one !== 'poison-event'))
  test.serial(`the system copes with the drill ${name}`, async t => {
    t.timeout(slowMs)
    await copesWith(t, place, name)
  })
