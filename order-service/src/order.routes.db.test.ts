import test, { type ExecutionContext } from 'ava'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import { keys, observerToken, operatorId, operatorToken, token } from '@docket/test/support/http-server.ts'
import { call } from '@docket/test/support/client.ts'
import {
  idOf,
  itemCreated,
  shipmentLinesWithdrawn,
  paymentSucceeded,
  stockCommitted,
  stockRejected,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { until } from '@docket/test/support/until.ts'
import { saveItems } from './catalogue.store.ts'
import { handlersFor } from './order.handlers.ts'
import { intakeOf } from './order.intake.ts'
import { orderLimits } from './order.limits.ts'
import { routes } from './order.routes.ts'

const [anna, ben] = [token({ sub: idOf('anna') }), token({ sub: idOf('ben') })]
const [observer, operator] = [observerToken(), operatorToken()]
const twoMugs = { lines: [{ sku: 'mug', quantity: 2 }] }
const shippingAddress = { name: 'Anna', line1: 'Quay 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }

async function anOrderService(t: ExecutionContext, { mostUnderWay = 1_000, perMinute = 600 } = {}) {
  const limits = orderLimits(perMinute)
  const { db, ...consumer } = await aConsumer(t, 'order-service', handlersFor(limits.rejected))
  await db.transaction(tx => saveItems(tx, [itemCreated('mug')]))
  const url = await aServer(
    t,
    routes({
      windowMs: 60_000,
      stuckAfterMs: 30_000,
      unconsumed: async () => new Map(),
      intake: intakeOf({ ceiling: mostUnderWay, waitMs: 3_000 }),
      limits,
    }),
    db,
    authenticator(async () => keys.publicKey),
  )
  const bearer = (who: string) => ({ authorization: `Bearer ${who}` })
  return {
    ...consumer,
    db,
    url,
    get: (path: string, who: string, headers: Record<string, string> = {}) =>
      call(url + path, 'GET', undefined, { ...bearer(who), ...headers }),
    post: (path: string, who: string, body: unknown, headers: Record<string, string> = {}) =>
      call(url + path, 'POST', body, { ...bearer(who), ...headers }),
    async page(query: string, who = operator) {
      const { body } = await this.get(`/orders?${query}`, who)
      return [(body.items as { id: string }[]).map(order => order.id), body.nextCursor]
    },
    async createdOrders(n: number, who = anna) {
      const ids: string[] = []
      for (let i = 0; i < n; i++) ids.push(String((await this.post('/orders', who, twoMugs)).body.id))
      return ids
    },
    async acceptedOrder() {
      const [id = ''] = await this.createdOrders(1)
      await consumer.receives({ ...stockReserved('A'), key: id }, { ...paymentSucceeded('A'), key: id })
      await consumer.published()
      return id
    },
    async count() {
      const {
        rows: [row],
      } = await db.read.query<{ orders: number; events: number }>(
        'SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM outbox) AS events',
      )
      return row
    },
  }
}

test("a customer neither sees nor cancels what is another's; an operator does", async t => {
  const orders = await anOrderService(t)
  const {
    body: { id },
  } = await orders.post('/orders', anna, twoMugs)
  t.is((await orders.get(`/orders/${String(id)}`, anna)).status, 200)
  t.is((await orders.get(`/orders/${String(id)}`, ben)).status, 404)
  t.deepEqual((await orders.get('/orders', ben)).body.items, [])
  t.deepEqual((await orders.get(`/orders?customer=${idOf('anna')}`, ben)).body.items, [])
  t.is((await orders.post(`/orders/${String(id)}/cancel`, ben, {})).status, 404)
  t.like(await orders.get(`/orders/${String(id)}`, operator), { status: 200, body: { status: 'pending' } })
  t.is(((await orders.get('/orders', operator)).body.items as unknown[]).length, 1)
  t.like(await orders.post(`/orders/${String(id)}/cancel`, operator, {}), {
    status: 200,
    body: { status: 'cancelled' },
  })
})

test('an observer sees all orders without their addresses, and changes none', async t => {
  const orders = await anOrderService(t)
  const id = String((await orders.post('/orders', anna, { ...twoMugs, shippingAddress })).body.id)
  t.like(await orders.get(`/orders/${id}`, anna), { status: 200, body: { shippingAddress } })
  const one = await orders.get(`/orders/${id}`, observer)
  const list = await orders.get('/orders', observer)
  t.like(one, { status: 200, body: { id } })
  t.is((list.body.items as unknown[]).length, 1)
  for (const { body } of [one, list]) t.notRegex(JSON.stringify(body), /shippingAddress|Quay|paymentToken|tok_/)
  for (const answer of [orders.post('/orders', observer, twoMugs), orders.post(`/orders/${id}/cancel`, observer, {})])
    t.like(await answer, { status: 403, body: { code: 'wrong_role' } })
})

test('orders sent at once with one key are one order, which each gets as its answer', async t => {
  const orders = await anOrderService(t)
  const key = { 'idempotency-key': 'k1' }
  const answers = await Promise.all([1, 2, 3].map(() => orders.post('/orders', anna, twoMugs, key)))
  t.deepEqual(
    answers.map(answer => answer.status),
    [201, 201, 201],
  )
  t.is(new Set(answers.map(answer => answer.body.id)).size, 1)
  t.like(await orders.post('/orders', anna, { lines: [{ sku: 'mug', quantity: 3 }] }, key), {
    status: 422,
    body: { code: 'idempotency_key_reused' },
  })
  t.deepEqual(await orders.count(), { orders: 1, events: 1 })
  t.is((await orders.post('/orders', ben, twoMugs, key)).status, 201, "another's key is another key")
  t.deepEqual(await orders.count(), { orders: 2, events: 2 })
})

test('orders that come together each get what is theirs: made, rejected, refused', async t => {
  const orders = await anOrderService(t)
  const quantities = [1, 2, 3]
  const [made, unknown, tooMany] = await Promise.all([
    Promise.all(quantities.map(quantity => orders.post('/orders', anna, { lines: [{ sku: 'mug', quantity }] }))),
    orders.post('/orders', ben, { lines: [{ sku: 'no-such', quantity: 1 }] }),
    orders.post('/orders', ben, {
      lines: [
        { sku: 'mug', quantity: 700_000 },
        { sku: 'mug', quantity: 700_000 },
      ],
    }),
  ])
  t.deepEqual(
    made.map(({ status, body }) => [status, (body.lines as { quantity: number }[])[0]?.quantity]),
    quantities.map(quantity => [201, quantity]),
  )
  t.like(unknown, { status: 201, body: { status: 'rejected', reason: 'unknown_item' } })
  t.like(tooMany, { status: 422, body: { code: 'too_many_pieces' } })
  for (const { body } of [...made, unknown])
    t.deepEqual(
      (await orders.get(`/orders/${String(body.id)}`, operator)).body,
      body,
      'the answer is the order as it is kept',
    )
  t.deepEqual(await orders.count(), { orders: 4, events: 4 })
})

test('rejected orders count three times against the orders a minute, whether at once or by the stock', async t => {
  const orders = await anOrderService(t, { perMinute: 7 })
  const create = (sku: string) => orders.post('/orders', anna, { lines: [{ sku, quantity: 1 }] })
  t.is((await create('unknown')).body.status, 'rejected')
  const { body } = await create('mug')
  await orders.receives({ ...stockRejected('A'), key: String(body.id) })
  t.is((await create('mug')).status, 201, 'six are counted')
  const refused = await create('mug')
  t.is(refused.status, 429)
  t.true(Number(refused.headers.get('retry-after')) > 30)
  t.is((await orders.post('/orders', ben, twoMugs)).status, 201)
})

test('at the ceiling of orders under way new ones are rejected, with Retry-After', async t => {
  const orders = await anOrderService(t, { mostUnderWay: 2 })
  const [first] = [await orders.post('/orders', anna, twoMugs), await orders.post('/orders', anna, twoMugs)]
  const refused = await until('the limit is noticed', async () => {
    // it is rejected at once, so it is never under way
    const answer = await orders.post('/orders', ben, { lines: [{ sku: 'no-such', quantity: 1 }] })
    return answer.status === 503 && answer
  })
  t.like(refused, { body: { code: 'unavailable' } })
  t.is(refused.headers.get('retry-after'), '30', 'nothing ended lately')
  await orders.post(`/orders/${String(first?.body.id)}/cancel`, anna, {})
  t.is(
    await until(
      'there is room again',
      async () => (await orders.post('/orders', ben, { lines: [{ sku: 'no-such', quantity: 1 }] })).status === 201,
    ),
    true,
  )
})

test('an order that is cancelled twice is cancelled once', async t => {
  const orders = await anOrderService(t)
  const {
    body: { id },
  } = await orders.post('/orders', anna, twoMugs)
  const answers = await Promise.all([1, 2].map(() => orders.post(`/orders/${String(id)}/cancel`, anna, {})))
  t.deepEqual(
    answers.map(answer => answer.status),
    [200, 200],
  )
  t.deepEqual(await orders.count(), { orders: 1, events: 2 })
})

test('orders are paged, newest first: each comes once, and the last page says that it is the last', async t => {
  const orders = await anOrderService(t)
  const newest = (await orders.createdOrders(4)).toReversed()
  t.deepEqual(await orders.page('limit=2'), [newest.slice(0, 2), newest[1]])
  t.deepEqual(await orders.page(`limit=2&cursor=${newest[1]}`), [newest.slice(2), null])
  t.deepEqual(await orders.page(`limit=2&cursor=${newest[1]}`, anna), [newest.slice(2), null])
})

test('orders are chosen by customer, status and when they were created, whatever happened to them since', async t => {
  const orders = await anOrderService(t)
  const [old = '', young = ''] = await orders.createdOrders(2)
  const [bens] = await orders.createdOrders(1, ben)
  await orders.db.transaction(tx =>
    tx.query(`UPDATE orders SET created_at = now() - interval '1 hour' WHERE id = $1`, [old]),
  )
  await orders.post(`/orders/${old}/cancel`, anna, {})
  const halfAnHourAgo = new Date(Date.now() - 30 * 60_000).toISOString()
  t.deepEqual(await orders.page(`customer=${idOf('anna')}&since=${halfAnHourAgo}`), [[young], null])
  t.deepEqual(await orders.page(`until=${halfAnHourAgo}`), [[old], null])
  t.deepEqual(await orders.page('status=cancelled'), [[old], null])
  t.deepEqual(await orders.page(`customer=${idOf('ben')}`), [[bens], null])
})

test('the event of a new order says all that its consumers need', async t => {
  const orders = await anOrderService(t)
  const { body } = await orders.post('/orders', anna, { ...twoMugs, paymentToken: 'tok_other', shippingAddress })
  t.deepEqual((await orders.published())[0]?.data, {
    orderId: body.id,
    customerId: idOf('anna'),
    lines: [{ sku: 'mug', quantity: 2, unitPrice: 100 }],
    total: 200,
    currency: 'EUR',
    paymentToken: 'tok_other',
    expiresAt: body.expiresAt,
    shippingAddress,
  })
  t.is(Date.parse(String(body.expiresAt)) - Date.parse(String(body.createdAt)), 60_000)
  await orders.receives({ ...stockReserved('A'), key: String(body.id) })
  await orders.receives({ ...paymentSucceeded('A'), key: String(body.id) })
  t.deepEqual((await orders.published())[0]?.data, {
    orderId: body.id,
    customerId: idOf('anna'),
    lines: [{ sku: 'mug', quantity: 2 }],
    shippingAddress,
  })
})

test('a cancellation says why and by whom, in the order and in its event', async t => {
  const orders = await anOrderService(t)
  const [id] = await orders.createdOrders(1)
  await orders.published()
  const { body } = await orders.post(`/orders/${id}/cancel`, operator, { detail: 'ordered twice' })
  t.like(body, { status: 'cancelled', reason: 'requested', detail: 'ordered twice' })
  t.is((body.timeline as { detail?: string }[]).at(-1)?.detail, 'requested: ordered twice')
  t.deepEqual((await orders.published())[0]?.data, {
    orderId: id,
    reason: 'requested',
    detail: 'ordered twice',
    cancelledBy: operatorId,
  })
})

test('an order that is over can no longer be cancelled, and the answer says which', async t => {
  const orders = await anOrderService(t)
  const id = await orders.acceptedOrder()
  const cancel = (order: unknown) => orders.post(`/orders/${String(order)}/cancel`, anna, {})
  await orders.receives({ ...stockCommitted('A'), key: id })
  t.like(await cancel(id), { status: 409, body: { code: 'already_completed' } })
  const rejected = await orders.post('/orders', anna, { lines: [{ sku: 'no-such', quantity: 1 }] })
  t.like(await cancel(rejected.body.id), { status: 409, body: { code: 'already_rejected' } })
})

test('an accepted order answers a cancel with a request, which shipping-service decides', async t => {
  const orders = await anOrderService(t)
  const id = await orders.acceptedOrder()
  const { status, headers, body } = await orders.post(`/orders/${id}/cancel`, anna, { detail: 'ordered twice' })
  const requestId = String(body.requestId)
  t.like({ status, body }, { status: 202, body: { status: 'open', lines: [{ sku: 'mug', quantity: 2 }] } })
  const location = `/orders/${id}/cancel-requests/${requestId}`
  t.is(headers.get('location'), location)
  t.like((await orders.published())[0], {
    type: 'order.cancel_requested',
    key: id,
    sequence: 3,
    data: { requestId, lines: [{ sku: 'mug', quantity: 2 }], detail: 'ordered twice', requestedBy: idOf('anna') },
  })
  t.like((await orders.get(`/orders/${id}`, anna)).body, {
    status: 'accepted',
    waitsFor: { service: 'shipping-service', step: 'the answer to a cancel request' },
  })
  const answer = shipmentLinesWithdrawn('A', 'R', { main: { mug: 2 } })
  await orders.receives({ ...answer, key: id, data: { ...answer.data, orderId: id, requestId } })
  t.like((await orders.get(location, anna)).body, { status: 'withdrawn', refused: [] })
  t.like((await orders.get(`/orders/${id}`, anna)).body, {
    status: 'cancelled',
    reason: 'requested',
    detail: 'ordered twice',
    lines: [{ cancelled: 2, shipped: 0, returned: 0 }],
  })
  t.like(await orders.get(location, ben), { status: 404 })
  t.like(await orders.get(`/orders/${id}/cancel-requests`, ben), { status: 404 })
  t.like((await orders.get(`/orders/${id}/cancel-requests`, observer)).body, { items: [{ requestId }] })
})

test('lines are cancelled of an accepted order only, and no more than were ordered', async t => {
  const orders = await anOrderService(t)
  const [pending = ''] = await orders.createdOrders(1)
  const id = await orders.acceptedOrder()
  const cancel = (order: string, quantity: number, sku = 'mug') =>
    orders.post(`/orders/${order}/cancel`, anna, { lines: [{ sku, quantity }] })
  t.like(await cancel(pending, 1), { status: 409, body: { code: 'not_accepted_yet' } })
  t.like(await cancel(id, 1, 'plate'), { status: 422, body: { code: 'not_ordered' } })
  t.like(await cancel(id, 3), { status: 422, body: { code: 'not_ordered' } })
  t.like(await cancel(id, 1), { status: 202, body: { lines: [{ sku: 'mug', quantity: 1 }] } })
  const left = stockCommitted('A', { mug: 1 }, 'S')
  await orders.receives({ ...left, key: id })
  t.like(await cancel(id, 1), { status: 202 }, 'one more is open, as far as order-service knows')
  t.like((await orders.get(`/orders/${id}`, anna)).body, { lines: [{ quantity: 2, cancelled: 0, shipped: 1 }] })
})

test.serial('as long as replicas of the release before may run, an accepted order cannot be cancelled', async t => {
  const orders = await anOrderService(t)
  const id = await orders.acceptedOrder()
  publishOnlyTypesOf('0.1.0')
  t.teardown(() => publishOnlyTypesOf('9.9.9'))
  t.like(await orders.post(`/orders/${id}/cancel`, anna, {}), { status: 409, body: { code: 'already_accepted' } })
  t.deepEqual(await orders.published(), [])
})

test('an order with a request that is not answered is stuck after a while, even when it is completed', async t => {
  const orders = await anOrderService(t)
  const id = await orders.acceptedOrder()
  await orders.post(`/orders/${id}/cancel`, anna, {})
  await orders.receives({ ...stockCommitted('A', { mug: 2 }, 'S'), key: id })
  t.deepEqual(await orders.page('stuck=true'), [[], null])
  await orders.db.transaction(tx => tx.query(`UPDATE cancel_requests SET requested_at = now() - interval '1 hour'`))
  t.deepEqual(await orders.page('stuck=true'), [[id], null])
  t.like((await orders.get(`/orders/${id}`, anna)).body, {
    status: 'completed',
    stuck: true,
    waitsFor: { step: 'the answer to a cancel request' },
  })
})

test('an order is stuck when it has not got on for a while, however old it is', async t => {
  const orders = await anOrderService(t)
  const [moving = '', standing = ''] = await orders.createdOrders(2)
  await orders.db.transaction(tx =>
    tx.query(`UPDATE orders SET created_at = now() - interval '1 hour', updated_at = now() - interval '1 hour'`),
  )
  await orders.receives({ ...stockReserved('A'), key: moving })
  t.deepEqual(await orders.page('stuck=true'), [[standing], null])
  t.like((await orders.get(`/orders/${moving}`, anna)).body, { stuck: false, waitsFor: { service: 'payment-service' } })
  t.like((await orders.get(`/orders/${standing}`, anna)).body, {
    stuck: true,
    waitsFor: { service: 'inventory-service' },
  })
  await orders.post(`/orders/${standing}/cancel`, anna, {})
  await orders.db.transaction(tx => tx.query(`UPDATE orders SET updated_at = now() - interval '1 hour'`))
  t.is((await orders.get(`/orders/${standing}`, anna)).body.stuck, false, 'it has ended, a while ago')
})

test('a stream that is resumed goes on behind the last step that was seen', async t => {
  const orders = await anOrderService(t)
  const [id = ''] = await orders.createdOrders(1)
  await orders.receives({ ...stockReserved('A'), key: id })
  await orders.post(`/orders/${id}/cancel`, anna, {})
  const eventsOf = async (headers: Record<string, string> = {}) => {
    const { body } = await orders.get(`/orders/${id}/stream`, anna, headers)
    return [...String(body.text).matchAll(/^id: (\d+)\nevent: (.+)$/gm)].map(([, at = '', event]) => ({ at, event }))
  }
  const all = await eventsOf()
  t.deepEqual(
    all.map(({ event }) => event),
    ['order.created', 'stock.reserved', 'order.cancelled'],
  )
  t.deepEqual(await eventsOf({ 'last-event-id': all[0]?.at ?? '' }), all.slice(1))
  t.deepEqual(await eventsOf({ 'last-event-id': all[2]?.at ?? '' }), [])
})

test('cancels of orders of others are recorded, once, and those of your own are not', async t => {
  const orders = await anOrderService(t)
  const [own = '', pending = ''] = await orders.createdOrders(2)
  const accepted = await orders.acceptedOrder()
  await orders.post(`/orders/${own}/cancel`, anna, {})
  for (const _ of ['once', 'again']) await orders.post(`/orders/${pending}/cancel`, operator, { detail: 'fraud' })
  await orders.post(`/orders/${accepted}/cancel`, anna, { lines: [{ sku: 'mug', quantity: 1 }] })
  await orders.post(`/orders/${accepted}/cancel`, operator, { lines: [{ sku: 'mug', quantity: 1 }] })
  t.is((await orders.post(`/orders/${idOf('nobody knows it')}/resend`, operator, { reason: 'lost' })).status, 404)
  const on = (id: string) => ({ on: { kind: 'order', id }, orderId: id })
  t.like(await orders.acts(), [
    { act: 'order.cancelled', ...on(pending), reason: 'fraud', by: { userId: operatorId } },
    { act: 'order.cancel_requested', ...on(accepted), detail: '1×mug' },
  ])
  t.is((await orders.acts()).length, 2)
})
