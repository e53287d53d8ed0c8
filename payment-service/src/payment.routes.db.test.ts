import test, { type ExecutionContext } from 'ava'
import { idAt, newId } from '@docket/chassis/id.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { keys, observerToken, operatorToken, token } from '@docket/test/support/http-server.ts'
import { call } from '@docket/test/support/client.ts'
import { idOf, orderCancelled, stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { handlers } from './payment.handlers.ts'
import { routes } from './payment.routes.ts'
import { processPayments } from './payment.sweeps.ts'
import { ProviderUnavailable, type RefundCall } from './provider.ts'
import { simulatedProvider } from './provider.simulated.ts'
import { watchProvider } from './provider.steps.ts'
import { processRefunds } from './refund.sweeps.ts'

const [customer, owner] = [token({ sub: idOf('anna') }), token({ sub: idOf('a customer') })]
const [observer, operator] = [observerToken(), operatorToken()]

async function aCashier(t: ExecutionContext) {
  const cashier = await aConsumer(t, 'payment-service', handlers)
  const real = simulatedProvider(cashier.db)
  const provider = { refundFails: false }
  const hindered = () => ({
    ...real,
    refund: (one: RefundCall) =>
      provider.refundFails ? Promise.reject(new ProviderUnavailable('the provider answered 503')) : real.refund(one),
  })
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const sweeps = [processPayments(hindered, watch.charges, log), processRefunds(hindered, watch.refunds, log)]
  const url = await aServer(
    t,
    routes(watch.state),
    cashier.db,
    authenticator(async () => keys.publicKey),
  )
  const bearer = (who: string) => ({ authorization: `Bearer ${who}` })
  return {
    ...cashier,
    provider,
    get: (path: string, who = operator) => call(url + path, 'GET', undefined, bearer(who)),
    post: (path: string, who = operator) => call(url + path, 'POST', undefined, bearer(who)),
    async runSweep() {
      await cashier.db.transaction(async tx => {
        tx.change('UPDATE payments SET next_attempt_at = now()')
        tx.change('UPDATE refunds SET next_attempt_at = now()')
      })
      await runSweeps(cashier.db, sweeps)
    },
    getsAnswer: (order: string, answer: string) =>
      cashier.db.transaction(tx =>
        tx.query(
          "INSERT INTO attempts (payment_id, kind, outcome, answer) SELECT id, 'charge', 'error', $2 FROM payments WHERE order_id = $1",
          [idOf(order), answer],
        ),
      ),
    getsStuck: (...orders: string[]) =>
      cashier.db.transaction(tx =>
        tx.query('UPDATE payments SET stuck_at = now() WHERE order_id = ANY($1::uuid[])', [orders.map(idOf)]),
      ),
  }
}

const stockReservedOf = (orderId: string) => {
  const event = stockReserved('A')
  return { ...event, id: newId(), key: orderId, data: { ...event.data, orderId } }
}

const pathOf = (order: string) => `/payments/${idOf(order)}`

test('a payment shows its attempts in their order, and of its refunds those that succeeded', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A', 1_250))
  await cashier.runSweep()
  t.like((await cashier.get(pathOf('A'))).body, {
    status: 'succeeded',
    amount: 1_250,
    currency: 'EUR',
    refunds: [],
    openRefunds: [],
  })
  await cashier.receives(orderCancelled('A'))
  cashier.provider.refundFails = true
  await cashier.runSweep()
  t.like((await cashier.get(pathOf('A'))).body, {
    status: 'refunding',
    reason: 'requested',
    refunds: [],
    refunded: 0,
    owed: 1_250,
    openRefunds: [{ id: idOf('A'), status: 'due', amount: 1_250, reason: 'requested' }],
  })
  cashier.provider.refundFails = false
  await cashier.runSweep()
  const { body } = await cashier.get(pathOf('A'))
  const attempts = body.attempts as { kind: string; outcome: string; at: string }[]
  t.deepEqual(
    attempts.map(({ kind, outcome }) => `${kind} ${outcome}`),
    ['charge captured', 'refund error', 'refund refunded'],
  )
  t.deepEqual(body.refunds, [
    { id: idOf('A'), status: 'given', amount: 1_250, currency: 'EUR', reason: 'requested', at: attempts[2]?.at },
  ])
  t.like(body, { status: 'refunded', refunded: 1_250, owed: 0, openRefunds: [] })
})

test('a customer sees the payment of an own order, without what the provider said, and no other', async t => {
  const cashier = await aCashier(t)
  const { customerId: _, ...before } = stockReserved('B').data
  await cashier.receives(stockReserved('A'), { ...stockReserved('B'), data: before })
  await cashier.getsAnswer('A', 'the provider answered 503')
  const { status, body } = await cashier.get(pathOf('A'), owner)
  t.like(
    { status, body },
    { status: 200, body: { orderId: idOf('A'), attempts: [{ kind: 'charge', outcome: 'error' }] } },
  )
  t.false(JSON.stringify(body).includes('503'))
  t.false('customerId' in body || 'token' in body)
  t.is((await cashier.get(pathOf('A'), customer)).status, 404)
  t.is((await cashier.get(pathOf('B'), owner)).status, 404, 'whose it is was not said by the release before')
  for (const who of [observer, operator])
    t.like(await cashier.get(pathOf('A'), who), {
      status: 200,
      body: { attempts: [{ answer: 'the provider answered 503' }] },
    })
})

test('only operators decide about payments, observers look on, and one that is not there is 404', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A'))
  t.is((await cashier.get('/provider', owner)).status, 403)
  t.is((await cashier.get('/provider', observer)).status, 200)
  for (const who of [owner, observer])
    for (const step of ['retry', 'give-up']) t.is((await cashier.post(`${pathOf('A')}/${step}`, who)).status, 403)
  for (const answer of [
    cashier.get(pathOf('B')),
    cashier.post(`${pathOf('B')}/retry`),
    cashier.post(`${pathOf('B')}/give-up`),
  ])
    t.like(await answer, { status: 404, body: { code: 'not_found' } })
})

test('payments are listed in pages, those of the newest orders first, and chosen by status and time', async t => {
  const cashier = await aCashier(t)
  const placed = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'].map(day =>
    idAt(Date.parse(day)).replace('-0000-0000-', '-7000-8000-'),
  )
  const [first = '', second = '', third = '', last = ''] = placed
  await cashier.receives(...placed.map(stockReservedOf), {
    ...orderCancelled('V'),
    key: last,
    data: { orderId: last, reason: 'requested' },
  })
  await cashier.db.transaction(tx => tx.query('UPDATE payments SET stuck_at = now() WHERE order_id = $1', [first]))
  const page = async (query: string) => {
    const { body } = await cashier.get(`/payments?${query}`)
    return [(body.items as { orderId: string }[]).map(({ orderId }) => orderId), body.nextCursor]
  }
  t.deepEqual(await page('limit=2'), [[last, third], third])
  t.deepEqual(await page(`limit=2&cursor=${third}`), [[second, first], null])
  t.deepEqual(await page(`limit=3&cursor=${third.toUpperCase()}`), [[second, first], null])
  t.deepEqual(await page('status=charging&limit=2'), [[third, second], second])
  t.deepEqual(await page(`status=charging&limit=2&cursor=${second}`), [[first], null])
  t.deepEqual(await page('stuck=true'), [[first], null])
  t.deepEqual(await page('since=2026-01-02T00:00:00Z&until=2026-01-04T00:00:00Z'), [[third, second], null])
  t.deepEqual(await page(`since=2026-01-02T00:00:00Z&cursor=${third}`), [[second], null])
  t.deepEqual(await page('since=1900-01-01T00:00:00Z&until=1969-12-31T00:00:00Z'), [[], null])
  t.is((await cashier.get('/payments?limit=501')).status, 422)
  const { body } = await cashier.get('/payments?limit=1&status=void')
  t.deepEqual(Object.keys((body.items as object[])[0] ?? {}).toSorted(), [
    'amount',
    'createdAt',
    'currency',
    'id',
    'orderId',
    'owed',
    'reason',
    'refunded',
    'status',
    'updatedAt',
  ])
  t.is((await cashier.get('/payments', observer)).status, 200)
  t.is((await cashier.get('/payments', owner)).status, 403)
})

test('a stuck payment can be tried again or given up, each once; it says since when', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A'), stockReserved('B'))
  t.like(await cashier.post(`${pathOf('A')}/retry`), { status: 409, body: { code: 'not_stuck' } })
  await cashier.getsStuck('A', 'B')
  t.is(typeof (await cashier.get(pathOf('A'))).body.stuckAt, 'string')
  const retried = await cashier.post(`${pathOf('A')}/retry`)
  t.is(retried.status, 200)
  t.false('stuckAt' in retried.body || 'givenUpAt' in retried.body)
  const givenUp = await cashier.post(`${pathOf('B')}/give-up`)
  t.is(givenUp.status, 200)
  t.is(typeof givenUp.body.givenUpAt, 'string')
  t.false('stuckAt' in givenUp.body)
  t.like(await cashier.post(`${pathOf('B')}/give-up`), { status: 409, body: { code: 'not_stuck' } })
})

test('a stuck refund counts among what waits for an operator; it is owed, so it cannot be given up', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A', 1_000, 'tok_refund_declined'))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A'), stockReserved('B'))
  t.like((await cashier.get('/provider')).body, { breaker: 'closed', stuck: 0, refunds: { failed: 0, late: 0 } })
  await cashier.runSweep()
  await cashier.receives(stockReserved('B'))
  await cashier.getsStuck('B')
  t.like((await cashier.get('/provider')).body, { stuck: 2, refunds: { failed: 1, late: 0 } })
  t.is(typeof (await cashier.get(pathOf('A'))).body.stuckAt, 'string')
  t.like(await cashier.post(`${pathOf('A')}/give-up`), { status: 409, body: { code: 'refund_owed' } })
  t.like(await cashier.post(`${pathOf('A')}/retry`), { status: 200, body: { status: 'refunding' } })
  await cashier.runSweep()
  t.is((await cashier.get(pathOf('A'))).body.status, 'refunded')
})
