import test from 'ava'
import { call } from '@docket/test/support/client.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const steps = (order: { timeline: { event: string }[] }) => order.timeline.map(entry => entry.event)

test.serial('an order that can be fulfilled is completed: charged, shipped, and its stock is gone', async t => {
  const [mug, plate] = [await stack.item('mug', 10), await stack.item('plate', 5, 1_200)]
  const ended = await stack.end(await stack.order(await stack.customer(), { [mug]: 2, [plate]: 1 }))
  t.like(ended, { status: 'completed', total: 2_100 })
  t.deepEqual(steps(ended), [
    'order.created',
    'stock.reserved',
    'payment.succeeded',
    'order.accepted',
    'shipment.shipped',
    'stock.committed',
    'order.completed',
  ])
  t.deepEqual(await stack.stockOf(mug), { available: 8, reserved: 0, shipped: 2 })
  t.is((await stack.operator.get('payment', `/payments/${ended.id}`)).body.status, 'succeeded')
  t.is((await stack.operator.get('shipping', `/shipments/${ended.id}`)).status, 200)
})

test.serial('an order for more than there is is rejected with its shortages', async t => {
  const mug = await stack.item('mug', 3)
  const ended = await stack.end(await stack.order(await stack.customer(), { [mug]: 4 }))
  t.like(ended, { status: 'rejected', reason: 'out_of_stock', shortages: [{ sku: mug, requested: 4, available: 3 }] })
  t.deepEqual(await stack.stockOf(mug), { available: 3, reserved: 0, shipped: 0 })
})

test.serial('an order for an unknown item is rejected, and names it', async t => {
  const ended = await stack.end(await stack.order(await stack.customer(), { unicorn: 1 }))
  t.like(ended, {
    status: 'rejected',
    reason: 'unknown_item',
    shortages: [{ sku: 'unicorn', requested: 1, available: 0 }],
  })
})

test.serial('an order whose card is declined is cancelled, and its stock comes back', async t => {
  const mug = await stack.item('mug', 3)
  const ended = await stack.end(await stack.order(await stack.customer(), { [mug]: 2 }, 'tok_declined'))
  t.like(ended, { status: 'cancelled', reason: 'payment_failed', detail: 'card declined' })
  t.deepEqual(await stack.reconcile(), [])
  t.deepEqual(await stack.stockOf(mug), { available: 3, reserved: 0, shipped: 0 })
})

test.serial('a charge whose answer is lost is made once, and the order is completed', async t => {
  const mug = await stack.item('mug', 3)
  const ended = await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }, 'tok_timeout'))
  t.is(ended.status, 'completed')
  const { body } = await stack.operator.get('payment', `/payments/${ended.id}`)
  t.deepEqual(
    (body.attempts as { kind: string; outcome: string }[]).map(({ kind, outcome }) => [kind, outcome]),
    [
      ['charge', 'error'],
      ['ask', 'captured'],
    ],
  )
})

test.serial('a provider that fails for a while delays the order, no more', async t => {
  const mug = await stack.item('mug', 3)
  t.is(
    (await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }, 'tok_unavailable'))).status,
    'completed',
  )
})

test.serial('a completed order can no longer be cancelled', async t => {
  const mug = await stack.item('mug', 3)
  const customer = await stack.customer()
  const ended = await stack.end(await stack.order(customer, { [mug]: 1 }))
  t.like(await customer.post('order', `/orders/${ended.id}/cancel`, {}), {
    status: 409,
    body: { code: 'already_completed' },
  })
})

test.serial('of two customers who want the last piece, one gets it', async t => {
  const mug = await stack.item('mug', 1)
  const [anna, ben] = [await stack.customer(), await stack.customer()]
  const ended = await Promise.all(
    (await Promise.all([stack.order(anna, { [mug]: 1 }), stack.order(ben, { [mug]: 1 })])).map(order =>
      stack.end(order),
    ),
  )
  t.deepEqual(ended.map(order => order.status).sort(), ['completed', 'rejected'])
})

test.serial("a customer neither sees nor cancels what is another's; an operator sees all", async t => {
  const mug = await stack.item('mug', 3)
  const [anna, ben] = [await stack.customer(), await stack.customer()]
  const order = await stack.order(anna, { [mug]: 1 })
  t.is((await ben.get('order', `/orders/${order.id}`)).status, 404)
  t.is((await ben.post('order', `/orders/${order.id}/cancel`, {})).status, 404)
  t.is((await ben.get('order', `/orders/${order.id}/stream`)).status, 404)
  t.deepEqual((await ben.get('order', '/orders')).body.items, [])
  t.is((await stack.operator.get('order', `/orders/${order.id}`)).status, 200)
  t.is(
    (await anna.post('inventory', '/items', { sku: 'mine', name: 'x', unitPrice: 1, currency: 'EUR', quantity: 1 }))
      .status,
    403,
  )
  t.is((await ben.get('payment', `/payments/${order.id}`)).status, 404)
  t.is((await call(`${stack.services.order}/orders`, 'GET')).status, 401)
  await stack.end(order)
})

test.serial('the same order sent twice with one idempotency key is one order', async t => {
  const mug = await stack.item('mug', 5)
  const customer = await stack.customer()
  const body = { lines: [{ sku: mug, quantity: 1 }] }
  const key = { 'idempotency-key': `key-${mug}` }
  const answers = await Promise.all([1, 2, 3].map(() => customer.post('order', '/orders', body, key)))
  t.deepEqual(
    answers.map(answer => answer.status),
    [201, 201, 201],
  )
  t.is(new Set(answers.map(answer => answer.body.id)).size, 1)
  const other = await customer.post('order', '/orders', { lines: [{ sku: mug, quantity: 2 }] }, key)
  t.like(other, { status: 422, body: { code: 'idempotency_key_reused' } })
  await stack.end(answers[0]?.body as never)
})

test.serial('the price of an order is ours to say, and stays what it was', async t => {
  const mug = await stack.item('mug', 5, 450)
  const order = await stack.order(await stack.customer(), { [mug]: 2 })
  t.is((await stack.operator.patch('inventory', `/items/${mug}`, { unitPrice: 999 })).status, 200)
  t.is((await stack.end(order)).total, 900)
})

test.serial('the stream of an order tells every step, and ends with it', async t => {
  const mug = await stack.item('mug', 5)
  const customer = await stack.customer()
  const order = await stack.order(customer, { [mug]: 1 })
  const read = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${stack.services.order}/orders/${order.id}/stream`, {
      headers: { authorization: `Bearer ${customer.token}`, ...headers },
    })
    const text = await response.text() // resolves only because the stream ends
    return [...text.matchAll(/^id: (\d+)\nevent: (\S+)$/gm)].map(([, id, event]) => ({ id, event }))
  }
  const seen = await read()
  t.is(seen[0]?.event, 'order.created')
  t.is(seen.at(-1)?.event, 'order.completed')
  const resumed = await read({ 'last-event-id': seen[2]?.id ?? '' })
  t.deepEqual(resumed, seen.slice(3))
})
