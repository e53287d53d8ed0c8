import test from 'ava'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

const windowMs = 10_000
let stack: Stack
test.before(async () => {
  stack = await startStack({ 'order-service': { RESERVATION_WINDOW: `${windowMs}ms` } })
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

test.serial('an order that a customer cancels while it waits for its payment is never charged for good', async t => {
  const mug = await stack.item('mug', 3)
  const customer = await stack.customer()
  await stack.kill('payment-service')
  const order = await stack.order(customer, { [mug]: 2 })
  t.like(await customer.post('order', `/orders/${order.id}/cancel`, { detail: 'changed my mind' }), {
    status: 200,
    body: { status: 'cancelled', reason: 'requested' },
  })
  t.is(
    (await customer.post('order', `/orders/${order.id}/cancel`, {})).status,
    200,
    'a repeated request gets the same answer',
  )
  await stack.start('payment-service')
  t.deepEqual(await stack.reconcile(), [])
  t.deepEqual(await stack.stockOf(mug), { available: 3, reserved: 0, shipped: 0 })
})

test.serial("an operator cancels a customer's order", async t => {
  const mug = await stack.item('mug', 3)
  const customer = await stack.customer()
  await stack.end(await stack.order(customer, { [mug]: 1 })) // order-service knows the item by now
  await stack.kill('inventory-service')
  const order = await stack.order(customer, { [mug]: 1 })
  t.is((await stack.operator.post('order', `/orders/${order.id}/cancel`, { detail: 'fraud' })).status, 200)
  await stack.start('inventory-service')
  t.like(await stack.end(order), { status: 'cancelled', reason: 'requested', detail: 'fraud' })
})
