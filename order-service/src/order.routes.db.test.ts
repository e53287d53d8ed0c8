import test, { type ExecutionContext } from 'ava'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { keys, operatorToken, token } from '@docket/test/support/http-server.ts'
import { call } from '@docket/test/support/client.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { idOf, itemCreated } from '@docket/test/support/events.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { until } from '@docket/test/support/until.ts'
import { saveItems } from './catalogue.store.ts'
import { routes } from './order.routes.ts'

const [anna, ben, operator] = [token({ sub: idOf('anna') }), token({ sub: idOf('ben') }), operatorToken()]
const twoMugs = { lines: [{ sku: 'mug', quantity: 2 }] }

/** order-service over real HTTP, on a database of its own, with mugs in the catalogue. */
async function anOrderService(t: ExecutionContext, mostUnderWay = 1_000) {
  const db = await aDatabase(t, 'order-service')
  await db.transaction(tx => saveItems(tx, [itemCreated('mug')]))
  const url = await aServer(
    t,
    routes({ windowMs: 60_000, stuckAfterMs: 30_000, mostUnderWay }),
    db,
    authenticator(async () => keys.publicKey),
  )
  const bearer = (who: string) => ({ authorization: `Bearer ${who}` })
  return {
    get: (path: string, who: string) => call(url + path, 'GET', undefined, bearer(who)),
    post: (path: string, who: string, body: unknown, headers: Record<string, string> = {}) =>
      call(url + path, 'POST', body, { ...bearer(who), ...headers }),
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

test('at the limit of orders under way new ones are rejected, with Retry-After', async t => {
  const orders = await anOrderService(t, 2)
  const [first] = [await orders.post('/orders', anna, twoMugs), await orders.post('/orders', anna, twoMugs)]
  const refused = await until('the limit is noticed', async () => {
    // is over at once, so it is never under way
    const answer = await orders.post('/orders', ben, { lines: [{ sku: 'no-such', quantity: 1 }] })
    return answer.status === 503 && answer
  })
  t.like(refused, { body: { code: 'unavailable' } })
  t.is(refused.headers.get('retry-after'), '2')
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
