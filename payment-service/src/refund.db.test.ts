import test, { type ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import {
  again,
  idOf,
  orderCancelled,
  orderLinesCancelled,
  orderLinesReturned,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'
import { handlers } from './payment.handlers.ts'
import { attemptsOf, findPayment } from './payment.store.ts'
import { processPayments } from './payment.sweeps.ts'
import { simulatedProvider } from './provider.simulated.ts'
import { watchProvider } from './provider.steps.ts'
import { ProviderError, ProviderUnavailable, type PaymentProvider, type RefundCall, type Refunded } from './provider.ts'
import { giveByHand, giveGoodwill, retryRefund } from './refund.steps.ts'
import { refundsOf } from './refund.store.ts'
import { adoptsRefunds, processRefunds } from './refund.sweeps.ts'

const main = { main: { mug: 1 } }
const mugCancelled = (order: string, request: string, amount: number) =>
  orderLinesCancelled(order, request, main, amount)
const mugReturned = (order: string, goods: string, amount: number) =>
  orderLinesReturned(order, goods, { mug: 1 }, amount)

/** Answers of the provider to the next calls, in place of the simulated one; the simulated one answers when there are none. */
type Answer = (real: () => Promise<Refunded>) => Promise<Refunded>

type Event = ReturnType<typeof stockReserved | typeof mugCancelled | typeof mugReturned | typeof orderCancelled>

async function aCashier(t: ExecutionContext, ...paid: Event[]) {
  const cashier = await aConsumer(t, 'payment-service', handlers)
  const real = simulatedProvider(cashier.db)
  const answers: Answer[] = []
  const calls: RefundCall[] = []
  const lookUps: string[] = []
  const storedFailures = new Map<string, string>()
  const provider = (_: Database): PaymentProvider => ({
    ...real,
    refund(call) {
      calls.push(call)
      const stored = storedFailures.get(call.key)
      if (stored !== undefined) return fails(stored)
      const answer = answers.shift()
      return answer ? answer(() => real.refund(call)) : real.refund(call)
    },
    findRefund(key) {
      lookUps.push(key)
      return real.findRefund(key)
    },
  })
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const sweeps = [processPayments(provider, watch.charges, log), processRefunds(provider, watch.refunds, log)]
  const inTransaction = cashier.db.transaction
  const at = {
    ...cashier,
    answers,
    calls,
    lookUps,
    storedFailures,
    state: watch.state,
    /** Makes everything due that waits for a later attempt, in place of waiting. */
    async runSweeps(times = 1) {
      for (let n = 0; n < times; n++) {
        await inTransaction(async tx => {
          tx.change('UPDATE payments SET next_attempt_at = now() WHERE stuck_at IS NULL')
          tx.change('UPDATE refunds SET next_attempt_at = now()')
        })
        await runSweeps(cashier.db, sweeps)
      }
    },
    adopts: () => runSweeps(cashier.db, [adoptsRefunds]),
    /** As if that time had passed since the last attempt without an answer. */
    minutesPass: (minutes: number) =>
      inTransaction(tx =>
        tx.query('UPDATE refunds SET unknown_at = unknown_at - make_interval(mins => $1)', [minutes]),
      ),
    payment: async (order: string) => (await findPayment(cashier.db.read, idOf(order)))!,
    refunds: async (order: string) =>
      (await refundsOf(cashier.db.read, idOf(order))).map(({ status, amount, cause }) =>
        cause === null ? `${amount} ${status}` : `${amount} ${status}: ${cause}`,
      ),
    attempts: async (order: string) =>
      (await attemptsOf(cashier.db.read, (await at.payment(order)).id))
        .filter(({ refundId }) => refundId !== undefined)
        .map(({ kind, outcome }) => `${kind} ${outcome}`),
    goodwill: (order: string, amount: number) =>
      inTransaction(tx =>
        giveGoodwill(tx, {
          id: idOf(`goodwill for ${order}`),
          orderId: idOf(order),
          amount,
          note: 'late',
          operator: idOf('ines'),
        }),
      ),
    retries: (refund: string) => inTransaction(tx => retryRefund(tx, idOf(refund))),
    givesByHand: (refund: string) => inTransaction(tx => giveByHand(tx, idOf(refund), idOf('ines'))),
    /** What the provider has given back in all. */
    async givenBack() {
      const { rows } = await cashier.db.read.query<{ n: number }>(
        `SELECT coalesce(sum(amount), 0)::int AS n FROM simulated_refunds WHERE outcome = 'refunded'`,
      )
      return rows[0]?.n
    },
    summary: async () =>
      (await cashier.published()).map(({ type, sequence, data }) => [type, sequence, data.amount, data.reason]),
  }
  await cashier.receives(...paid)
  await at.runSweeps()
  await cashier.published()
  return at
}

const declines: Answer = async () => ({ outcome: 'declined', reason: 'Account closed' })
const losesAnswer: Answer = async real => {
  await real()
  throw new ProviderUnavailable('lost', {}, 'timeout')
}
const fails = (status = '500') => Promise.reject(new ProviderUnavailable(`the provider answered ${status}`, {}, status))

test('a cancelled line and a return are refunded in part, each under its own id', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  await cashier.receives(mugCancelled('A', 'request', 300))
  await cashier.runSweeps()
  await cashier.receives(mugReturned('A', 'goods', 200))
  await cashier.runSweeps()
  const payment = { orderId: idOf('A'), paymentId: (await cashier.payment('A')).id, currency: 'EUR' }
  t.deepEqual(
    (await cashier.published()).map(({ type, sequence, data }) => [type, sequence, data]),
    [
      ['payment.refunded', 2, { ...payment, amount: 300, reason: 'lines_cancelled', refundId: idOf('request') }],
      ['payment.refunded', 3, { ...payment, amount: 200, reason: 'returned', refundId: idOf('goods') }],
    ],
  )
  t.like(await cashier.payment('A'), { status: 'succeeded', refunded: 500, owed: 0 })
  t.is(await cashier.givenBack(), 500)
})

test('an event that comes twice refunds once, in the same batch and later', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  const event = mugCancelled('A', 'request', 300)
  await cashier.receives(event, again(event))
  await cashier.runSweeps()
  await cashier.receives(again(event))
  await cashier.runSweeps()
  t.is((await cashier.published()).length, 1)
  t.is(await cashier.givenBack(), 300)
})

test('no more goes back than was captured: a return after goodwill gets what is left, then nothing, and says so', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  t.is(await cashier.goodwill('A', 800), undefined)
  await cashier.receives(mugReturned('A', 'goods', 300), mugReturned('A', 'more goods', 100))
  await cashier.runSweeps()
  t.deepEqual(await cashier.refunds('A'), ['800 given', '200 given', '0 given'])
  t.deepEqual((await cashier.summary()).map(([, , amount]) => amount).sort(), [0, 200, 800])
  t.is(await cashier.givenBack(), 1_000)
})

test('the amount of a declined refund is not given away a second time', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  cashier.answers.push(declines)
  await cashier.receives(mugReturned('A', 'goods', 800))
  await cashier.runSweeps()
  await cashier.receives(mugReturned('A', 'more goods', 300))
  await cashier.runSweeps()
  t.deepEqual(await cashier.refunds('A'), ['800 failed: account_closed', '200 given'])
  t.like(await cashier.payment('A'), { refunded: 200, owed: 800 })
})

test('the end of an order refunds the rest, beside what is given, due and failed', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  cashier.answers.push(declines)
  await cashier.receives(mugCancelled('A', 'request', 300))
  await cashier.runSweeps()
  await cashier.receives(mugCancelled('A', 'second request', 200), orderCancelled('A'))
  t.deepEqual(await cashier.refunds('A'), ['300 failed: account_closed', '200 due', '500 due'])
  await cashier.runSweeps()
  t.like(await cashier.payment('A'), { status: 'refunded', reason: 'requested' })
  t.is(await cashier.givenBack(), 700)
  t.deepEqual(
    (await cashier.summary())
      .slice(-2)
      .map(([type, , , reason]) => [type, reason])
      .sort(),
    [
      ['payment.refunded', 'lines_cancelled'],
      ['payment.refunded', 'requested'],
    ],
  )
})

test('an order that ends when nothing is left of its payment still says that it is refunded', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  await cashier.goodwill('A', 1_000)
  await cashier.runSweeps()
  await cashier.published()
  await cashier.receives(orderCancelled('A'))
  t.deepEqual(await cashier.summary(), [['payment.refunded', 3, 0, 'requested']])
  t.is((await cashier.payment('A')).status, 'refunded')
})

test('a refund whose answer was lost is found, not given twice', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  cashier.answers.push(losesAnswer)
  await cashier.receives(mugReturned('A', 'goods', 300))
  await cashier.runSweeps(2)
  t.deepEqual(await cashier.attempts('A'), ['refund error', 'ask refunded'])
  t.is(cashier.calls.length, 1)
  t.is((await cashier.published()).length, 1)
})

test('a refund of which the provider knows nothing after a crash is asked for again under the same key', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  await cashier.receives(mugReturned('A', 'goods', 300))
  await cashier.db.transaction(tx => tx.query('UPDATE refunds SET attempts = 1, unknown_at = now()')) // leased, then it died
  await cashier.runSweeps()
  t.deepEqual(await cashier.attempts('A'), ['ask unknown', 'refund refunded'])
  t.deepEqual([cashier.lookUps, cashier.calls.map(({ key }) => key)], [[idOf('goods')], [idOf('goods')]])
})

test('a declined refund says so with its cause, waits for an operator, and is tried again under another key', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  cashier.answers.push(declines)
  await cashier.receives(mugReturned('A', 'goods', 300))
  await cashier.runSweeps(2)
  t.is(cashier.calls.length, 1)
  t.like((await cashier.published())[0], {
    type: 'payment.refund_failed',
    sequence: 2,
    data: { refundId: idOf('goods'), amount: 300, reason: 'account_closed', attempt: 1 },
  })
  t.is(await cashier.retries('goods'), undefined)
  t.like(await cashier.retries('goods'), { refused: 'not_failed' })
  await cashier.runSweeps()
  t.deepEqual(
    cashier.calls.map(({ key, refundId }) => [key, refundId]),
    [
      [idOf('goods'), idOf('goods')],
      [`${idOf('goods')}-2`, idOf('goods')],
    ],
  )
  t.deepEqual(await cashier.summary(), [['payment.refunded', 3, 300, 'returned']])
})

test('a decline whose answer was lost is found, too', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000, 'tok_refund_declined'))
  cashier.answers.push(losesAnswer)
  await cashier.receives(mugReturned('A', 'goods', 300))
  await cashier.runSweeps(2)
  t.deepEqual(await cashier.attempts('A'), ['refund error', 'ask declined'])
  t.deepEqual(await cashier.refunds('A'), ['300 failed: account_closed'])
  await cashier.retries('goods')
  await cashier.runSweeps()
  t.deepEqual(await cashier.refunds('A'), ['300 given'])
})

test('a refund that was given by hand is not tried again, and one that was tried again is not given by hand', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  cashier.answers.push(declines, declines)
  await cashier.receives(mugReturned('A', 'goods', 300), mugReturned('A', 'more goods', 200))
  await cashier.runSweeps()
  await cashier.published()
  t.is(await cashier.givesByHand('goods'), undefined)
  t.like(await cashier.retries('goods'), { refused: 'not_failed' })
  t.is(await cashier.retries('more goods'), undefined)
  t.like(await cashier.givesByHand('more goods'), { refused: 'not_failed' })
  await cashier.runSweeps()
  t.deepEqual(await cashier.refunds('A'), ['300 by_hand: account_closed', '200 given'])
  const [byHand] = await cashier.published()
  t.like(byHand, { type: 'payment.refunded', data: { refundId: idOf('goods'), amount: 300, byHand: true } })
  t.is(await cashier.givenBack(), 200)
})

async function aStoredFailure(t: ExecutionContext, status: string) {
  const cashier = await aCashier(t, stockReserved('A', 1_000), stockReserved('B', 1_000))
  cashier.storedFailures.set(idOf('goods'), status)
  await cashier.receives(mugReturned('A', 'goods', 300))
  for (const n of numbered(8)) {
    await cashier.receives(mugReturned('B', `answered ${n}`, 1)) // so that it is not the provider that is unavailable
    await cashier.runSweeps()
  }
  const keys = () => [
    ...new Set(cashier.calls.filter(({ refundId }) => refundId === idOf('goods')).map(({ key }) => key)),
  ]
  return { cashier, keys }
}

test('a provider that repeats a stored failure gets another key, but only when no earlier call can arrive any more', async t => {
  const { cashier, keys } = await aStoredFailure(t, '504')
  t.deepEqual(keys(), [idOf('goods')])
  t.deepEqual(await cashier.refunds('A'), ['300 due'])
  await cashier.minutesPass(1)
  await cashier.runSweeps()
  t.deepEqual(keys(), [idOf('goods'), `${idOf('goods')}-2`])
  t.deepEqual(await cashier.refunds('A'), ['300 given'])
})

test('a provider that answers each call with its stored failure gets another key at once, after a look', async t => {
  const { cashier, keys } = await aStoredFailure(t, '500')
  t.deepEqual(keys(), [idOf('goods'), `${idOf('goods')}-2`])
  t.deepEqual(await cashier.refunds('A'), ['300 given'])
  t.deepEqual((await cashier.attempts('A')).slice(-2), ['ask unknown', 'refund refunded'])
})

test('a provider that answers no refunds opens a breaker of their own: cards are charged', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  const wrong = new ProviderError({ kind: 'misconfigured', code: '401', message: 'the provider answered 401' })
  cashier.answers.push(...numbered(12).map(() => () => Promise.reject(wrong)))
  await cashier.receives(...numbered(12).map(n => mugReturned('A', `goods ${n}`, 10)))
  await cashier.runSweeps()
  t.deepEqual(cashier.state(), { breaker: 'open', misconfigured: 'the provider answered 401' })
  await cashier.receives(stockReserved('B'))
  await cashier.runSweeps()
  t.is((await cashier.payment('B')).status, 'succeeded')
})

test('goodwill is refused when it exceeds what is left, and when nothing was captured', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000), stockReserved('D', 1_000, 'tok_declined'))
  t.like(await cashier.goodwill('A', 1_001), { refused: 'exceeds_captured', facts: { left: 1_000 } })
  t.like(await cashier.goodwill('D', 1), { refused: 'not_paid' })
  t.like(await cashier.goodwill('none', 1), { refused: 'not_found' })
  t.deepEqual(await cashier.refunds('A'), [])
})

// serial: what may be published counts for the whole process
test.serial(
  'while an update is under way goodwill is refused, and a declined refund fails without an event',
  async t => {
    publishOnlyTypesOf('0.1.0')
    t.teardown(() => publishOnlyTypesOf('0.2.0'))
    const cashier = await aCashier(t, stockReserved('A', 1_000))
    t.like(await cashier.goodwill('A', 1), { refused: 'not_yet' })
    cashier.answers.push(declines)
    await cashier.receives(orderCancelled('A'))
    await cashier.runSweeps()
    t.deepEqual(await cashier.refunds('A'), ['1000 failed: account_closed'])
    t.deepEqual(await cashier.published(), [])
  },
)

/** What a replica of the release before does when an order is cancelled, and later when the provider has refunded it. */
async function releaseBefore(cashier: Awaited<ReturnType<typeof aCashier>>, order: string, status: string) {
  await cashier.db.transaction(tx =>
    tx.query(
      `UPDATE payments SET status = $2, cancelled = true, reason = 'expired', next_attempt_at = now(), version = version + ($2 = 'refunded')::int
       WHERE order_id = $1`,
      [idOf(order), status],
    ),
  )
}

test('what the release before left to refund is refunded; what it has refunded is not, and counts', async t => {
  const cashier = await aCashier(t, ...['A', 'B'].map(order => stockReserved(order, 1_000)), stockReserved('free', 0))
  await releaseBefore(cashier, 'A', 'refunding')
  await releaseBefore(cashier, 'free', 'refunding')
  await releaseBefore(cashier, 'B', 'refunded')
  await cashier.adopts()
  await cashier.adopts()
  t.deepEqual([await cashier.refunds('A'), await cashier.refunds('B')], [['1000 due'], ['1000 given']])
  await cashier.runSweeps()
  t.deepEqual((await cashier.summary()).sort(), [
    ['payment.refunded', 2, 0, 'expired'],
    ['payment.refunded', 2, 1_000, 'expired'],
  ])
  t.is(await cashier.givenBack(), 1_000)
  await cashier.receives(mugReturned('B', 'goods', 300))
  t.deepEqual(await cashier.refunds('B'), ['1000 given', '0 given'])
})

test('what the release before refunds while it is due here is not published twice', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  await cashier.receives(orderCancelled('A'))
  await releaseBefore(cashier, 'A', 'refunded')
  await cashier.runSweeps()
  await cashier.adopts()
  t.deepEqual(await cashier.refunds('A'), ['1000 given'])
  t.deepEqual(await cashier.published(), [])
})

test('the release before finds what was not refunded ten minutes after the last replica of this release is gone', async t => {
  const cashier = await aCashier(t, stockReserved('A', 1_000))
  await cashier.receives(orderCancelled('A'))
  const minutesUntilThen = async () => {
    const { rows } = await cashier.db.read.query<{ minutes: number }>(
      `SELECT round(extract(epoch FROM next_attempt_at - now()) / 60)::int AS minutes FROM payments WHERE status = 'refunding'`,
    )
    return rows[0]?.minutes
  }
  t.is(await minutesUntilThen(), 10)
  await cashier.db.transaction(tx => tx.query('UPDATE payments SET next_attempt_at = now()'))
  await cashier.adopts()
  t.is(await minutesUntilThen(), 10)
})

test('two replicas refund once', async t => {
  const cashier = await aCashier(t, ...numbered(20).map(n => stockReserved(`order ${n}`)))
  await cashier.receives(...numbered(20).map(n => mugReturned(`order ${n}`, `goods ${n}`, 100)))
  await Promise.all([cashier.runSweeps(), cashier.runSweeps(), cashier.runSweeps()])
  t.is((await cashier.published()).length, 20)
  t.is(await cashier.givenBack(), 2_000)
})

for (const [answer, outcome] of [
  [{ outcome: 'declined', reason: 'closed' }, '300 due'],
  [{ outcome: 'refunded' }, '300 given'],
] as const)
  test(`an answer of "${answer.outcome}" to a replica whose refund another has leased since leaves it at "${outcome}"`, async t => {
    const cashier = await aCashier(t, stockReserved('A', 1_000))
    await cashier.receives(mugReturned('A', 'goods', 300))
    cashier.answers.push(async () => {
      await cashier.db.transaction(tx => tx.query('UPDATE refunds SET attempts = attempts + 1'))
      return answer
    })
    await cashier.runSweeps()
    t.deepEqual(await cashier.refunds('A'), [outcome])
  })

test('two replicas that refund the same orders in crossed types never deadlock', async t => {
  const cashier = await aCashier(t, ...numbered(40).map(n => stockReserved(`${n}`, 100_000)))
  const batchOf = (replica: number, round: number) =>
    numbered(40).map(n => ((n + replica) % 2 === 0 ? mugCancelled : mugReturned)(`${n}`, `${round} ${n}`, 1))
  t.is(await deadlocksAmong(t, cashier.db, handlers, { replicas: 2, rounds: 30, batchOf }), 0)
})

const hundreds: [string, (n: number) => Event][] = [
  ['cancelled lines', n => mugCancelled(`${n}`, `request ${n}`, 300)],
  ['returns', n => mugReturned(`${n}`, `goods ${n}`, 300)],
  ['refunds of 0', n => mugReturned(`${n}`, `goods ${n}`, 0)],
  ['cancelled orders', n => orderCancelled(`${n}`)],
]
for (const [what, eventOf] of hundreds)
  test(`100 ${what} take as many statements as one`, async t => {
    const cashier = await aCashier(t, ...numbered(101).map(n => stockReserved(`${n}`)))
    const [first, ...others] = numbered(101).map(eventOf)
    const one = await cashier.statementsFor(first!)
    t.is(await cashier.statementsFor(...others), one)
    t.is((await cashier.refunds('100')).length, 1)
  })
