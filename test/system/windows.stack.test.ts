import test from 'ava'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

// Orders that are held up: payment-service is down until a test starts it, and the reservation window is short.

const windowMs = 3_000
let stack: Stack
test.before(async () => {
  stack = await startStack({ 'order-service': { RESERVATION_WINDOW: `${windowMs}ms` } })
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

test.serial('an order that is not fulfilled within its window expires, and its stock comes back', async t => {
  slow(t, 11, 'payment-service is killed, and stays a member of its group until its session of 10 s is over')
  const mug = await stack.item('mug', 3)
  await stack.kill('payment-service')
  const ended = await stack.end(await stack.order(await stack.customer(), { [mug]: 2 }))
  t.like(ended, { status: 'cancelled', reason: 'expired' })
  await stack.start('payment-service')
  t.deepEqual(await stack.reconcile(), [])
  t.deepEqual(await stack.stockOf(mug), { available: 3, reserved: 0, shipped: 0 })
})

test.serial('a charge that succeeds after its order was cancelled is given back', async t => {
  const mug = await stack.item('mug', 3)
  const customer = await stack.customer()
  const order = await stack.order(customer, { [mug]: 1 }, 'tok_timeout') // charged at once, answered later
  const cancelled = await customer.post('order', `/orders/${order.id}/cancel`, {})
  const ended = await stack.end(order)
  t.deepEqual(await stack.reconcile(), [])
  if (cancelled.status === 200) t.is(ended.status, 'cancelled')
  else t.is(ended.status, 'completed')
})
