import test, { type ExecutionContext } from 'ava'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { call } from '@docket/test/support/client.ts'
import { idOf, orderLinesReturned, orderCancelled, stockReserved } from '@docket/test/support/events.ts'
import { keys, observerToken, operatorToken, token } from '@docket/test/support/http-server.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'
import { handlers } from './payment.handlers.ts'
import { processPayments } from './payment.sweeps.ts'
import { simulatedProvider } from './provider.simulated.ts'
import { watchProvider } from './provider.steps.ts'
import { refundRoutes } from './refund.routes.ts'
import { processRefunds } from './refund.sweeps.ts'

const [customer, owner] = [token({ sub: idOf('anna') }), token({ sub: idOf('a customer') })]
const [observer, operator] = [observerToken(), operatorToken()]

type Listed = Record<string, unknown> & { id: string }

async function aCashier(t: ExecutionContext, ...tokens: [order: string, paymentToken: string][]) {
  const cashier = await aConsumer(t, 'payment-service', handlers)
  const real = simulatedProvider(cashier.db)
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const sweeps = [processPayments(() => real, watch.charges, log), processRefunds(() => real, watch.refunds, log)]
  const url = await aServer(
    t,
    refundRoutes,
    cashier.db,
    authenticator(async () => keys.publicKey),
  )
  const at = {
    ...cashier,
    runSweeps: () => runSweeps(cashier.db, sweeps),
    get: (path: string, who = operator) => call(url + path, 'GET', undefined, { authorization: `Bearer ${who}` }),
    post: (path: string, body: object = {}, who = operator, key = 'k') =>
      call(url + path, 'POST', body, { authorization: `Bearer ${who}`, 'idempotency-key': key }),
    withoutKey: (path: string, body: object) => call(url + path, 'POST', body, { authorization: `Bearer ${operator}` }),
    async list(path: string, who = operator) {
      const { body } = await at.get(path, who)
      return [(body.items as Listed[]).map(({ id }) => id), body.nextCursor]
    },
  }
  await cashier.receives(...tokens.map(([order, paymentToken]) => stockReserved(order, 1_000, paymentToken)))
  await at.runSweeps()
  await cashier.published()
  return at
}

const goodwillFor = (order: string) => `/orders/${idOf(order)}/refunds`
const given = { amount: 300, reason: 'arrived late' }

test('an operator refunds a part as goodwill with a reason, once under its key', async t => {
  const cashier = await aCashier(t, ['A', 'tok_ok'])
  const first = await cashier.post(goodwillFor('A'), given)
  t.like(first, {
    status: 201,
    body: { orderId: idOf('A'), status: 'due', amount: 300, currency: 'EUR', reason: 'goodwill', note: given.reason },
  })
  t.deepEqual((await cashier.post(goodwillFor('A'), given)).body, first.body)
  await cashier.runSweeps()
  t.like((await cashier.get(`/refunds/${String(first.body.id)}`)).body, { status: 'given' })
  t.like(await cashier.published(), [
    { type: 'payment.refunded', data: { refundId: first.body.id, amount: 300, reason: 'goodwill' } },
  ])
  t.like(await cashier.post(goodwillFor('A'), { ...given, amount: 701 }, operator, 'k2'), {
    status: 409,
    body: { code: 'exceeds_captured', left: 700, detail: 'Of this payment 7.00 EUR can still be refunded.' },
  })
})

test('an id in upper case is the same id', async t => {
  const cashier = await aCashier(t, ['A', 'tok_refund_declined'])
  const { status, body } = await cashier.post(`/orders/${idOf('A').toUpperCase()}/refunds`, given)
  t.is(status, 201)
  await cashier.runSweeps()
  t.is((await cashier.post(`/refunds/${String(body.id).toUpperCase()}/by-hand`)).status, 200)
})

test('goodwill needs a key, a reason, an amount, and a payment', async t => {
  const cashier = await aCashier(t, ['A', 'tok_ok'])
  t.like(await cashier.withoutKey(goodwillFor('A'), given), { status: 422, body: { code: 'idempotency_key_needed' } })
  for (const wrong of [{ amount: 0 }, { amount: 1.5 }, { reason: ' ' }, { amount: -1 }])
    t.is((await cashier.post(goodwillFor('A'), { ...given, ...wrong })).status, 422)
  t.is((await cashier.post(goodwillFor('none'), given)).status, 404)
  t.deepEqual(await cashier.list('/refunds'), [[], null])
})

test('a customer sees the refunds of an own order, without notes and causes, and no other', async t => {
  const cashier = await aCashier(t, ['A', 'tok_refund_declined'])
  const { body } = await cashier.post(goodwillFor('A'), given)
  await cashier.runSweeps()
  const path = `/refunds/${String(body.id)}`
  for (const who of [observer, operator])
    t.like((await cashier.get(path, who)).body, {
      status: 'failed',
      cause: 'account_closed',
      note: given.reason,
      decidedBy: body.decidedBy,
    })
  const seen = await cashier.get(path, owner)
  t.like(seen, { status: 200, body: { status: 'failed', amount: 300, reason: 'goodwill' } })
  for (const text of [JSON.stringify(seen.body), JSON.stringify((await cashier.get(goodwillFor('A'), owner)).body)])
    t.notRegex(text, /late|closed|decidedBy/)
  t.is((await cashier.get(path, customer)).status, 404)
  t.is((await cashier.get(goodwillFor('A'), customer)).status, 404)
})

test('only operators decide about refunds, observers look on, and one that is not there is 404', async t => {
  const cashier = await aCashier(t, ['A', 'tok_ok'])
  t.is((await cashier.get('/refunds', owner)).status, 403)
  t.is((await cashier.get('/refunds', observer)).status, 200)
  for (const who of [owner, observer]) {
    t.is((await cashier.post(goodwillFor('A'), given, who)).status, 403)
    for (const step of ['retry', 'by-hand'])
      t.is((await cashier.post(`/refunds/${idOf('A')}/${step}`, {}, who)).status, 403)
  }
  for (const answer of [
    cashier.get(`/refunds/${idOf('A')}`),
    cashier.post(`/refunds/${idOf('A')}/retry`),
    cashier.post(`/refunds/${idOf('A')}/by-hand`),
  ])
    t.like(await answer, { status: 404, body: { code: 'not_found' } })
})

test('a failed refund is tried again or given by hand, each once; the end of an order, too', async t => {
  const cashier = await aCashier(t, ['A', 'tok_refund_declined'], ['B', 'tok_refund_declined'])
  await cashier.receives(orderLinesReturned('A', 'goods', { mug: 1 }, 300), orderCancelled('B'))
  t.like(await cashier.post(`/refunds/${idOf('goods')}/retry`), { status: 409, body: { code: 'not_failed' } })
  await cashier.runSweeps()
  await cashier.published()
  t.like(await cashier.post(`/refunds/${idOf('goods')}/retry`, {}, operator, 'again'), {
    status: 200,
    body: { status: 'due' },
  })
  const byHand = await cashier.post(`/refunds/${idOf('B')}/by-hand`)
  t.like(byHand, { status: 200, body: { status: 'by_hand', amount: 1_000, cause: 'account_closed' } })
  t.is(typeof byHand.body.givenBy, 'string')
  t.like(await cashier.post(`/refunds/${idOf('B')}/retry`, {}, operator, 'for B'), { status: 409 })
  await cashier.runSweeps()
  t.like((await cashier.get(`/refunds/${idOf('goods')}`)).body, { status: 'given' })
  t.deepEqual(
    (await cashier.published()).map(({ type, data }) => [type, data.refundId, data.byHand]),
    [
      ['payment.refunded', undefined, true],
      ['payment.refunded', idOf('goods'), undefined],
    ],
  )
})

test('refunds are listed in pages, the newest first, and chosen by order, status and time', async t => {
  const cashier = await aCashier(t, ['A', 'tok_ok'], ['B', 'tok_refund_declined'])
  for (const [order, goods] of [
    ['A', 'first'],
    ['B', 'second'],
    ['A', 'third'],
  ] as const)
    await cashier.receives(orderLinesReturned(order, goods, { mug: 1 }, 100))
  await cashier.runSweeps()
  const [first, second, third] = ['first', 'second', 'third'].map(idOf)
  t.deepEqual(await cashier.list('/refunds?limit=2'), [[third, second], '2'])
  t.deepEqual(await cashier.list('/refunds?limit=2&cursor=2'), [[first], null])
  t.deepEqual(await cashier.list('/refunds?status=failed'), [[second], null])
  t.deepEqual(await cashier.list('/refunds?until=2020-01-01T00:00:00Z'), [[], null])
  t.deepEqual(await cashier.list('/refunds?since=2020-01-01T00:00:00Z&limit=1&status=given'), [[third], '3'])
  t.deepEqual(await cashier.list(goodwillFor('A'), owner), [[third, first], null])
  t.deepEqual(await cashier.list(goodwillFor('B')), [[second], null])
  t.is((await cashier.get('/refunds?cursor=x')).status, 422)
  await cashier.db.transaction(tx => tx.query(`UPDATE refunds SET created_at = '2020-01-01' WHERE id = $1`, [first]))
  t.deepEqual(await cashier.list('/refunds?until=2020-01-02T00:00:00Z'), [[first], null])
  t.deepEqual(await cashier.list('/refunds?since=2020-01-02T00:00:00Z'), [[third, second], null])
})

test('what an operator decides about refunds is recorded with why, once', async t => {
  const cashier = await aCashier(t, ['A', 'tok_refund_declined'])
  for (const _ of ['once', 'again']) await cashier.post(goodwillFor('A'), given)
  await cashier.post(goodwillFor('A'), { ...given, amount: 2_000 }, operator, 'k2')
  const other = await cashier.post(goodwillFor('A'), { ...given, amount: 200 }, operator, 'k3')
  await cashier.runSweeps()
  const [[, id]] = (await cashier.list('/refunds')) as [string[], unknown]
  await cashier.post(`/refunds/${id}/retry`, { reason: 'the account is open again' }, operator, 'k4')
  const byHand = `/refunds/${String(other.body.id)}/by-hand`
  for (const key of ['k5', 'k6']) await cashier.post(byHand, { reason: 'sent a cheque' }, operator, key)
  const of = (refund: unknown, amount: number) => ({
    on: { kind: 'refund', id: refund },
    orderId: idOf('A'),
    detail: `${formatMoney(amount, 'EUR')} EUR`,
  })
  t.like(await cashier.acts(), [
    { ...of(id, 300), act: 'refund.created', reason: given.reason },
    { ...of(other.body.id, 200), act: 'refund.created', reason: given.reason },
    { ...of(id, 300), act: 'refund.retried', reason: 'the account is open again' },
    { ...of(other.body.id, 200), act: 'refund.given_by_hand', reason: 'sent a cheque' },
  ])
  t.is((await cashier.acts()).length, 4)
})
