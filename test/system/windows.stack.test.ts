import test from 'ava'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

// Orders that are held up: payment-service is down until a test starts it, the reservation window is short, and so is the
// number of orders that a customer may create within a minute.

const windowMs = 6_000
let stack: Stack
test.before(async () => {
  stack = await startStack({
    'order-service': { RESERVATION_WINDOW: `${windowMs}ms`, LIMIT_ORDERS_PER_MINUTE: '7' },
  })
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

test.serial('orders that the stock rejects count three times against the orders a minute', async t => {
  const mug = await stack.item('mug', 1)
  const customer = await stack.customer()
  const body = { lines: [{ sku: mug, quantity: 2 }] }
  for (let n = 0; n < 2; n++) t.is((await stack.end(await stack.order(customer, { [mug]: 2 }))).status, 'rejected')
  t.is((await customer.post('order', '/orders', body)).status, 201, 'six are counted')
  t.like(await customer.post('order', '/orders', body), { status: 429, body: { code: 'too_many_requests' } })
})
