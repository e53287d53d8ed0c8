import test, { type ExecutionContext } from 'ava'
import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { again, idOf, orderCancelled, stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'
import { until } from '@docket/test/support/until.ts'
import type { Charging } from './payment.ts'
import { handlers, handlersFor } from './payment.handlers.ts'
import { attemptsOf, findPayment, release } from './payment.store.ts'
import { forgetsTokens, processPayments } from './payment.sweeps.ts'
import { ProviderError, ProviderUnavailable, type PaymentProvider, type TroubleKind } from './provider.ts'
import { simulatedProvider } from './provider.simulated.ts'
import { watchProvider } from './provider.steps.ts'
import { processRefunds } from './refund.sweeps.ts'

async function aCashier(t: ExecutionContext, provider: (db: Database) => PaymentProvider = once(simulatedProvider)) {
  const cashier = await aConsumer(t, 'payment-service', handlers)
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const sweeps = [processPayments(provider, watch.charges, log), processRefunds(provider, watch.refunds, log)]
  return {
    ...cashier,
    runSweep: () => runSweeps(cashier.db, sweeps),
    /** Makes payments and refunds that wait for a later attempt due now, in place of waiting. */
    laterOn: () =>
      cashier.db.transaction(async tx => {
        tx.change(`UPDATE payments SET next_attempt_at = now() WHERE stuck_at IS NULL`)
        tx.change(`UPDATE refunds SET next_attempt_at = now()`)
      }),
    /** So that no call may still arrive. */
    minutePasses: () =>
      cashier.db.transaction(tx => tx.query(`UPDATE payments SET unknown_at = unknown_at - interval '1 minute'`)),
    statusOf: async (order: string) => (await findPayment(cashier.db.read, idOf(order)))?.status,
    state: watch.state,
    /** Before each run, makes waiting payments due, in place of waiting. */
    async runSweepTimes(n: number) {
      for (let i = 0; i < n; i++) {
        await this.laterOn()
        await this.runSweep()
      }
    },
    attemptsOf: async (order: string) => {
      const payment = await findPayment(cashier.db.read, idOf(order))
      return (await attemptsOf(cashier.db.read, payment!.id)).map(({ kind, outcome }) => `${kind} ${outcome}`)
    },
    released: (order: string, giveUp: boolean) => cashier.db.transaction(tx => release(tx, idOf(order), { giveUp })),
    isStuck: async (order: string) => (await findPayment(cashier.db.read, idOf(order)))?.stuckAt !== null,
    async publishedSummary() {
      return (await cashier.published()).map(({ type, sequence, key }) => [type, sequence, key])
    },
    async providerLedgerOf(order: string) {
      const { rows } = await cashier.db.read.query<{ outcome: string; refunded: boolean }>(
        `
        SELECT outcome, refunded FROM simulated_provider WHERE idempotency_key = (SELECT id FROM payments WHERE order_id = $1)`,
        [idOf(order)],
      )
      return rows
    },
  }
}

function once(make: (db: Database) => PaymentProvider): (db: Database) => PaymentProvider {
  let made: PaymentProvider | undefined
  return db => (made ??= make(db))
}

const hindered = (hinder: (real: PaymentProvider) => Partial<PaymentProvider>) =>
  once(db => {
    const real = simulatedProvider(db)
    return { ...real, ...hinder(real) }
  })

test('a card is charged when stock is reserved', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A', 1_250))
  await cashier.runSweep()
  t.like((await cashier.published())[0], {
    type: 'payment.succeeded',
    sequence: 1,
    key: idOf('A'),
    data: { amount: 1_250, currency: 'EUR' },
  })
  t.deepEqual(await cashier.providerLedgerOf('A'), [{ outcome: 'captured', refunded: false }])
})

/** One whose handlers lease what they claim, as in the service. */
async function aPromptCashier(
  t: ExecutionContext,
  provider = once(simulatedProvider),
  more: Partial<Charging<Tx>> = {},
) {
  const log = { warn: () => undefined, info: () => undefined }
  const charges = processPayments(provider, watchProvider(log).charges, log)
  const cashier = await aConsumer(t, 'payment-service', handlersFor({ ...charges, ...more }))
  const look = () => charges.run(cashier.db, AbortSignal.timeout(60_000))
  await look()
  return {
    ...cashier,
    look,
    isLookWanted: () => charges.afterBatch(),
    async summary() {
      await charges.finish()
      return (await cashier.published()).map(({ type, key }) => [type, key]).toSorted()
    },
    attemptsOf: async (order: string) => {
      const payment = await findPayment(cashier.db.read, idOf(order))
      return (await attemptsOf(cashier.db.read, payment!.id)).map(({ kind, outcome }) => `${kind} ${outcome}`)
    },
  }
}

test('a card is charged once its payment is claimed, and nothing is left to look for', async t => {
  const cashier = await aPromptCashier(t)
  const reserved = stockReserved('A')
  await cashier.receives(reserved, again(reserved), stockReserved('B'))
  t.false(cashier.isLookWanted())
  await cashier.receives(again(reserved))
  t.is(await cashier.look(), 0)
  t.deepEqual(
    await cashier.summary(),
    [
      ['payment.succeeded', idOf('A')],
      ['payment.succeeded', idOf('B')],
    ].toSorted(),
  )
  t.deepEqual(await cashier.attemptsOf('A'), ['charge captured'])
})

test('a payment that was claimed by a replica that died is looked up, then charged, when the lease ends', async t => {
  const cashier = await aPromptCashier(t, undefined, { begin: () => undefined })
  await cashier.receives(stockReserved('A'))
  t.is(await cashier.look(), 0)
  await cashier.db.transaction(tx =>
    tx.query(`UPDATE payments SET next_attempt_at = next_attempt_at - interval '10 s'`),
  )
  t.is(await cashier.look(), 1)
  t.deepEqual(await cashier.summary(), [['payment.succeeded', idOf('A')]])
  t.deepEqual(await cashier.attemptsOf('A'), ['ask unknown', 'charge captured'])
})

test('what a batch with a cancellation claims, and what exceeds the calls at once, is looked for', async t => {
  const held = Promise.withResolvers<void>()
  const cashier = await aPromptCashier(
    t,
    hindered(real => ({ charge: charge => held.promise.then(() => real.charge(charge)) })),
  )
  await cashier.receives(stockReserved('A'), orderCancelled('B'))
  t.true(cashier.isLookWanted())
  await cashier.receives(...Array.from({ length: 201 }, (_, n) => stockReserved(`${n}`)))
  t.true(cashier.isLookWanted())
  held.resolve()
  while ((await cashier.look()) > 0);
  t.is((await cashier.summary()).length, 202)
})

test('while the provider answers nothing, a payment is claimed without an attempt', async t => {
  const cashier = await aPromptCashier(
    t,
    hindered(() => ({ charge: () => Promise.reject(new ProviderUnavailable('no', {}, '503')) })),
  )
  await cashier.receives(...Array.from({ length: 10 }, (_, n) => stockReserved(`${n}`)))
  await cashier.summary()
  await cashier.look()
  await cashier.receives(stockReserved('A'))
  t.true(cashier.isLookWanted())
  t.deepEqual(await cashier.attemptsOf('A'), [])
})

test('the token of a card is kept for as long as the card may have to be charged, and no longer', async t => {
  const cashier = await aCashier(t)
  const tokenOf = async (order: string) => {
    const { rows } = await cashier.db.read.query<{ token: string }>('SELECT token FROM payments WHERE order_id = $1', [
      idOf(order),
    ])
    return rows[0]?.token
  }
  await cashier.receives(stockReserved('A'), stockReserved('B', 500, 'tok_declined'), stockReserved('C'))
  t.is(await tokenOf('A'), 'tok_ok')
  await cashier.receives(orderCancelled('C'))
  t.is(await tokenOf('C'), '', 'void')
  await cashier.runSweep()
  t.is(await cashier.statusOf('A'), 'succeeded')
  t.is(await tokenOf('A'), '')
  t.is(await cashier.statusOf('B'), 'failed')
  t.is(await tokenOf('B'), '')
  await cashier.receives(stockReserved('A'))
  t.is(await tokenOf('A'), '', 'delivered again')
})

test('tokens that the release before has left are blanked, and those that are needed stay', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  await cashier.receives(stockReserved('B'))
  await cashier.db.transaction(async tx => tx.change(`UPDATE payments SET token = 'tok_left'`))
  await runSweeps(cashier.db, [forgetsTokens])
  const { rows } = await cashier.db.read.query('SELECT status, token FROM payments ORDER BY status')
  t.deepEqual(rows, [
    { status: 'charging', token: 'tok_left' },
    { status: 'succeeded', token: '' },
  ])
})

test('charged and given back is what the order costs, in its currency; a refund says what it is for', async t => {
  const cashier = await aCashier(t)
  const reserved = stockReserved('A', 1_250)
  await cashier.receives({ ...reserved, data: { ...reserved.data, currency: 'SEK' } })
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A', 'expired'))
  await cashier.runSweep()
  const paymentId = (await findPayment(cashier.db.read, idOf('A')))?.id
  const payment = { orderId: idOf('A'), paymentId, amount: 1_250, currency: 'SEK' }
  t.deepEqual(
    (await cashier.published()).map(({ data }) => data),
    [payment, { ...payment, reason: 'expired' }],
  )
})

test('a reservation that is delivered again is charged once', async t => {
  const cashier = await aCashier(t)
  const reserved = stockReserved('A')
  await cashier.receives(reserved, again(reserved))
  await cashier.runSweep()
  await cashier.receives(again(reserved))
  await cashier.runSweep()
  t.is((await cashier.published()).length, 1)
})

for (const [token, reason] of [
  ['tok_declined', 'card_declined'],
  ['tok_insufficient_funds', 'insufficient_funds'],
  ['tok_nobody_knows', 'unknown_card'],
  ['constructor', 'unknown_card'],
  ['__proto__', 'unknown_card'],
] as const) {
  test(`a card that is declined says why: ${token}, ${reason}`, async t => {
    const cashier = await aCashier(t)
    await cashier.receives(stockReserved('A', 100, token))
    await cashier.runSweep()
    t.like((await cashier.published())[0], { type: 'payment.failed', data: { reason } })
  })
}

test('a charge whose answer was lost is found, not repeated', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A', 100, 'tok_timeout'))
  await cashier.runSweep()
  t.is(await cashier.statusOf('A'), 'charging')
  await cashier.laterOn()
  await cashier.runSweep()
  t.deepEqual(await cashier.publishedSummary(), [['payment.succeeded', 1, idOf('A')]])
  t.deepEqual(await cashier.providerLedgerOf('A'), [{ outcome: 'captured', refunded: false }])
  const payment = await findPayment(cashier.db.read, idOf('A'))
  t.deepEqual(
    (await attemptsOf(cashier.db.read, payment!.id)).map(({ kind, outcome }) => [kind, outcome]),
    [
      ['charge', 'error'],
      ['ask', 'captured'],
    ],
  )
})

test('a failing provider is retried until it works', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A', 100, 'tok_unavailable'))
  for (let n = 0; n < 3; n++) {
    await cashier.runSweep()
    await cashier.laterOn()
  }
  t.deepEqual(await cashier.publishedSummary(), [['payment.succeeded', 1, idOf('A')]])
})

test('a provider that fails for one payment only is tried until it works, and not called stuck', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A', 100, 'tok_unavailable'))
  for (let n = 0; n < 4; n++) {
    await cashier.receives(stockReserved(`other ${n}`))
    await cashier.runSweep()
    await cashier.laterOn()
  }
  t.is(await cashier.statusOf('A'), 'succeeded')
  t.false(await cashier.isStuck('A'))
})

test('a failed provider is left alone for a while', async t => {
  const cashier = await aCashier(
    t,
    hindered(() => ({ charge: () => Promise.reject(new ProviderUnavailable('503')) })),
  )
  await cashier.receives(stockReserved('A'))
  t.is(await cashier.runSweep(), 1)
  const {
    rows: [due],
  } = await cashier.db.read.query<{ pauseMs: number }>(`
    SELECT 1000 * extract(epoch FROM next_attempt_at - attempts.at)::float8 AS "pauseMs" FROM payments JOIN attempts ON payment_id = payments.id`)
  t.true((due?.pauseMs ?? 0) >= 100) // by the database's clock, because the machine may be busy
})

test('a service that died between the charge and its answer looks the payment up before it charges again', async t => {
  let charges = 0
  const cashier = await aCashier(
    t,
    hindered(real => ({
      async charge(charge) {
        charges++
        return real.charge(charge)
      },
    })),
  )
  await cashier.receives(stockReserved('A'))
  const [payment] = (await cashier.db.read.query<{ id: string }>('SELECT id FROM payments')).rows
  await simulatedProvider(cashier.db).charge({
    key: payment!.id,
    paymentId: payment!.id,
    amount: 1_000,
    currency: 'EUR',
    token: 'tok_ok',
  }) // then it died:
  // the lease was committed before the call
  await cashier.db.transaction(tx => tx.query('UPDATE payments SET attempts = 1'))
  await cashier.runSweep()
  t.is(charges, 0)
  t.is(await cashier.statusOf('A'), 'succeeded')
})

test('a cancelled order gets its money back', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A'))
  await cashier.runSweep()
  t.deepEqual(await cashier.publishedSummary(), [
    ['payment.succeeded', 1, idOf('A')],
    ['payment.refunded', 2, idOf('A')],
  ])
  t.deepEqual(await cashier.providerLedgerOf('A'), [{ outcome: 'captured', refunded: true }])
})

test('a cancellation that is delivered again refunds once', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  const cancelled = orderCancelled('A')
  await cashier.receives(cancelled, again(cancelled))
  await cashier.runSweep()
  await cashier.receives(again(cancelled))
  await cashier.runSweep()
  t.is((await cashier.published()).filter(({ type }) => type === 'payment.refunded').length, 1)
})

test('a cancel that overtakes its reservation is never charged', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(orderCancelled('A'))
  await cashier.receives(stockReserved('A'))
  t.is(await cashier.runSweep(), 0)
  t.is(await cashier.statusOf('A'), 'void')
  t.deepEqual(await cashier.published(), [])
})

test('an order that is cancelled while its card is being charged gets its money back at once, and never succeeds', async t => {
  const cashier = await aCashier(
    t,
    hindered(real => ({
      async charge(charge) {
        await cashier.receives(orderCancelled('A')) // arrives between the two transactions
        return real.charge(charge)
      },
    })),
  )
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  await cashier.runSweep()
  t.deepEqual(await cashier.publishedSummary(), [['payment.refunded', 1, idOf('A')]])
  t.deepEqual(await cashier.providerLedgerOf('A'), [{ outcome: 'captured', refunded: true }])
})

test('a charge that is found after its order was cancelled is refunded for the reason of the cancellation', async t => {
  let lookUps = 0
  const cashier = await aCashier(
    t,
    hindered(real => ({
      find: key => (lookUps++ === 0 ? Promise.reject(new ProviderUnavailable('503')) : real.find(key)),
    })),
  )
  await cashier.receives(stockReserved('A', 100, 'tok_timeout'))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A', 'expired'))
  await cashier.runSweepTimes(2)
  t.deepEqual(
    (await cashier.published()).map(({ type, data }) => [type, data.reason]),
    [['payment.refunded', 'expired']],
  )
})

test('two replicas do not charge the same card', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(...Array.from({ length: 20 }, (_, n) => stockReserved(`order ${n}`)))
  await Promise.all([cashier.runSweep(), cashier.runSweep(), cashier.runSweep()])
  t.is((await cashier.published()).length, 20)
  const { rows } = await cashier.db.read.query<{ n: number }>(
    `SELECT count(*) AS n FROM attempts WHERE kind = 'charge'`,
  )
  t.is(rows[0]?.n, 20)
})

test('a refund that the provider does not answer is retried until the money is back', async t => {
  let failures = 2
  const cashier = await aCashier(
    t,
    hindered(real => ({
      refund: async one => (failures-- > 0 ? Promise.reject(new ProviderUnavailable('503')) : real.refund(one)),
    })),
  )
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A'))
  for (let n = 0; n < 3; n++) {
    t.not(await cashier.statusOf('A'), 'refunded')
    await cashier.laterOn()
    await cashier.runSweep()
  }
  t.deepEqual(await cashier.publishedSummary(), [
    ['payment.succeeded', 1, idOf('A')],
    ['payment.refunded', 2, idOf('A')],
  ])
  t.deepEqual(await cashier.providerLedgerOf('A'), [{ outcome: 'captured', refunded: true }])
})

test('an answer that cannot be saved keeps none of those that came with it', async t => {
  const cashier = await aCashier(t)
  await cashier.db.transaction(tx =>
    tx.query(`ALTER TABLE payments ADD CONSTRAINT cheap CHECK (status <> 'succeeded' OR amount < 5000)`),
  )
  await cashier.receives(stockReserved('A', 100), stockReserved('B', 9_000), stockReserved('C', 200))
  await cashier.runSweep()
  t.deepEqual(await Promise.all(['A', 'B', 'C'].map(cashier.statusOf)), ['succeeded', 'charging', 'succeeded'])
  t.is((await cashier.published()).length, 2)
})

const failing = (kind: TroubleKind, code: string) =>
  hindered(real => ({
    charge: async charge =>
      charge.token.startsWith('bad')
        ? Promise.reject(new ProviderError({ kind, code, message: `the provider answered ${code}` }))
        : real.charge(charge),
  }))

test('a payment that the provider refuses fails at the first answer, with the reason', async t => {
  const cashier = await aCashier(t, failing('refused', '422'))
  await cashier.receives(stockReserved('A', 100, 'bad'))
  await cashier.runSweep()
  t.like((await cashier.published())[0], { type: 'payment.failed', data: { reason: 'refused_422' } })
  t.is(cashier.state().breaker, 'closed')
})

test('a 404 declines no payment until another is answered; then it is refused', async t => {
  const cashier = await aCashier(t, failing('ambiguous', '404'))
  await cashier.receives(stockReserved('A', 100, 'bad'))
  await cashier.runSweepTimes(12)
  t.is(await cashier.statusOf('A'), 'charging')
  t.is(cashier.state().misconfigured, 'the provider answered 404')
  t.false(await cashier.isStuck('A'), 'no other payment was answered')
  await cashier.receives(stockReserved('B'))
  await untilOf(cashier, 'B', 'succeeded')
  t.is(cashier.state().breaker, 'closed')
  await cashier.runSweepTimes(1)
  t.is(await cashier.statusOf('A'), 'failed')
})

test('what is wrong with the configuration opens the breaker, is named, and declines no payment', async t => {
  const cashier = await aCashier(t, failing('misconfigured', '401'))
  await cashier.receives(...Array.from({ length: 12 }, (_, n) => stockReserved(`order ${n}`, 100, 'bad')))
  await cashier.runSweep()
  t.deepEqual(cashier.state(), { breaker: 'open', misconfigured: 'the provider answered 401' })
  t.deepEqual(await cashier.published(), [])
})

test('after an attempt that is not known a refusal ends a payment only when that charge cannot arrive any more', async t => {
  let calls = 0
  const cashier = await aCashier(
    t,
    hindered(() => ({
      charge: () =>
        Promise.reject(
          calls++ === 0
            ? new ProviderUnavailable('lost')
            : new ProviderError({ kind: 'refused', code: '422', message: 'the provider answered 422' }),
        ),
    })),
  )
  await cashier.receives(stockReserved('A'))
  await cashier.runSweepTimes(3)
  t.is(await cashier.statusOf('A'), 'charging')
  t.deepEqual(await cashier.attemptsOf('A'), [
    'charge error',
    'ask unknown',
    'charge declined',
    'ask unknown',
    'charge declined',
  ])
  await cashier.db.transaction(tx => tx.query(`UPDATE payments SET unknown_at = now() - interval '1 minute'`))
  await cashier.runSweepTimes(1)
  t.is(await cashier.statusOf('A'), 'failed')
  t.deepEqual((await cashier.attemptsOf('A')).slice(5), ['ask unknown', 'charge declined'])
})

test('300 payments that fail alone do not stop those of others', async t => {
  const cashier = await aCashier(t, failing('not_known', '500'))
  await cashier.receives(...Array.from({ length: 300 }, (_, n) => stockReserved(`bad ${n}`, 100, 'bad')))
  await cashier.runSweep()
  await cashier.laterOn()
  t.is(cashier.state().breaker, 'open')
  await cashier.receives(stockReserved('good'))
  await untilOf(cashier, 'good', 'succeeded')
  t.pass()
})

const untilOf = (cashier: Awaited<ReturnType<typeof aCashier>>, order: string, status: string) =>
  until(
    `${order} is ${status}`,
    async () => {
      if ((await cashier.statusOf(order)) === status) return true
      await cashier.runSweep()
      return false
    },
    5_000,
  )

test('an order that is cancelled before its card was tried is never charged', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(stockReserved('A')) // the provider is unavailable, so nothing is leased
  await cashier.receives(orderCancelled('A'))
  t.is(await cashier.runSweep(), 0)
  t.is(await cashier.statusOf('A'), 'void')
  t.deepEqual(await cashier.providerLedgerOf('A'), [])
  t.deepEqual(await cashier.published(), [])
})

test('an order that is cancelled after an attempt that is not known is looked up, and charged no more', async t => {
  let charges = 0
  const cashier = await aCashier(
    t,
    hindered(() => ({
      charge() {
        charges++
        return Promise.reject(new ProviderUnavailable('lost'))
      },
    })),
  )
  await cashier.receives(stockReserved('A'))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('A'))
  await cashier.runSweepTimes(2)
  t.is(await cashier.statusOf('A'), 'charging', 'the charge may still arrive')
  await cashier.db.transaction(tx => tx.query(`UPDATE payments SET unknown_at = now() - interval '1 minute'`))
  await cashier.runSweepTimes(1)
  t.is(await cashier.statusOf('A'), 'void')
  t.is(charges, 1)
})

test('an amount of 0 succeeds without a provider, and is given back without one', async t => {
  const fails = () => Promise.reject(new ProviderUnavailable('connection refused'))
  const cashier = await aCashier(
    t,
    hindered(() => ({ charge: fails, find: fails, refund: fails })),
  )
  await cashier.receives(...Array.from({ length: 12 }, (_, n) => stockReserved(`order ${n}`)))
  await cashier.runSweep()
  t.is(cashier.state().breaker, 'open')
  await cashier.receives(stockReserved('free', 0))
  await cashier.runSweep()
  await cashier.receives(orderCancelled('free'))
  await cashier.runSweep()
  t.deepEqual(await cashier.publishedSummary(), [
    ['payment.succeeded', 1, idOf('free')],
    ['payment.refunded', 2, idOf('free')],
  ])
  t.deepEqual(await cashier.attemptsOf('free'), [])
})

async function aStuckPayment(t: ExecutionContext, provider = failing('not_known', '500')) {
  const cashier = await aCashier(t, provider)
  await cashier.receives(stockReserved('A', 100, 'bad'))
  for (let n = 0; n < 11; n++) {
    await cashier.receives(stockReserved(`other ${n}`))
    await cashier.minutePasses()
    await cashier.runSweepTimes(1)
  }
  return cashier
}

test('a payment that fails ten times while others are answered is stuck, until an operator lets it be tried again', async t => {
  const cashier = await aStuckPayment(t)
  t.true(await cashier.isStuck('A'))
  const before = (await cashier.attemptsOf('A')).length
  await cashier.runSweepTimes(2)
  t.is((await cashier.attemptsOf('A')).length, before, 'it is left alone')
  t.true(await cashier.released('A', false))
  t.false(await cashier.released('A', false), 'it is not stuck any more')
  await cashier.runSweepTimes(1)
  t.true((await cashier.attemptsOf('A')).length > before)
})

test('a payment that is given up is looked up first: what was taken counts', async t => {
  let isFound = false
  const cashier = await aStuckPayment(
    t,
    hindered(real => ({
      charge: async charge =>
        charge.token === 'bad' ? Promise.reject(new ProviderUnavailable('500', {}, '500')) : real.charge(charge),
      find: async key => (isFound ? { outcome: 'captured', reference: 'late' } : real.find(key)),
    })),
  )
  t.true(await cashier.isStuck('A'))
  isFound = true
  t.true(await cashier.released('A', true))
  await cashier.runSweep()
  t.is(await cashier.statusOf('A'), 'succeeded')
})

test('a payment that is given up, and was never charged, fails', async t => {
  const cashier = await aStuckPayment(t)
  const charges = async () => (await cashier.attemptsOf('A')).filter(one => one.startsWith('charge')).length
  const before = await charges()
  t.true(await cashier.released('A', true))
  await cashier.minutePasses()
  await cashier.runSweep()
  t.is(await cashier.statusOf('A'), 'failed')
  t.is(await charges(), before)
  t.like((await cashier.published()).at(-1), { type: 'payment.failed', data: { reason: 'given_up' } })
})

test('a provider that repeats a stored failure gets a new key, which is stored before it is used; the old one is still looked up', async t => {
  const used: string[] = []
  const refunded: string[] = []
  const cashier = await aStuckPayment(
    t,
    once(db => {
      const real = simulatedProvider(db)
      return {
        ...real,
        async charge(charge) {
          if (charge.token !== 'bad') return real.charge(charge)
          const stored = await db.read.query('SELECT FROM provider_keys WHERE key = $1', [charge.key])
          used.push(charge.key)
          if (used[0] === charge.key) throw new ProviderUnavailable('the provider answered 500', {}, '500')
          t.is(stored.rowCount, 1, 'a crash must not lose the key')
          return { outcome: 'captured', reference: 'r' }
        },
        async refund({ chargeKey }) {
          refunded.push(chargeKey)
          return { outcome: 'refunded' }
        },
      }
    }),
  )
  t.is(await cashier.statusOf('A'), 'succeeded')
  t.is(new Set(used).size, 2)
  const lookUps = (await cashier.attemptsOf('A')).filter(one => one === 'ask unknown').length
  t.true(lookUps >= used.length - 1, 'the payment is looked up before each charge but the first')
  await cashier.receives(orderCancelled('A'))
  await cashier.runSweepTimes(1)
  t.deepEqual(refunded, used.slice(-1), 'the money goes back under the key that took it')
})
