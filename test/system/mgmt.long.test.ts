import test from 'ava'
import { drills } from '@docket/cli/system/drills.ts'
import { aLoggedInOperator, type LoggedInOperator } from '@docket/test/support/operator.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import {
  copesWith,
  needStack,
  printsEveryFormat,
  samplesPrintEveryFormat,
} from '@docket/test/support/scenarios/mgmt.ts'

let stack: Stack
let operator: LoggedInOperator
test.before(async () => {
  stack = await startStack()
  operator = await aLoggedInOperator(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const slowMs = 240_000 // six processes per command, or a drill that waits

for (const command of ['orders watch', 'orders import', 'items import', 'events tail', 'oversee'] as const)
  test.serial(`mgmt ${command} prints every format with a whole stack behind it`, async t => {
    t.timeout(slowMs)
    await printsEveryFormat(t, stack, operator, command)
  })

for (const [command, samples] of needStack)
  test.serial(`mgmt ${command} prints every format with a whole stack behind it`, async t => {
    t.timeout(slowMs)
    await samplesPrintEveryFormat(t, operator, samples)
  })

for (const name of Object.keys(drills).filter(one => one !== 'payment-declined' && one !== 'poison-event'))
  test.serial(`the system copes with the drill ${name}`, async t => {
    t.timeout(slowMs)
    await copesWith(t, operator, name)
  })
