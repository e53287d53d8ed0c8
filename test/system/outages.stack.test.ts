import test from 'ava'
import { aLoggedInOperator, type LoggedInOperator } from '@docket/test/support/operator.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { isNamedWhileUnavailable } from '@docket/test/support/scenarios/outages.ts'

// One outage of each kind; outages.long.test.ts has the other services and servers, because each takes a while.

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

const slowMs = 400_000 // servers are stopped and started

test.serial('while order-service is unavailable, status and doctor name it and end with 5', async t => {
  t.timeout(slowMs)
  slow(t, 12, 'a consumer that was killed is a member of its group until its session of 10 s is over')
  await isNamedWhileUnavailable(t, stack, operator, 'order-service')
})

test.serial('while postgres is unavailable, status and doctor name it and end with 5', async t => {
  t.timeout(slowMs)
  await isNamedWhileUnavailable(t, stack, operator, 'postgres')
})
