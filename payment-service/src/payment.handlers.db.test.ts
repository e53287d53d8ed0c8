import test, { type ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { again, idOf, orderCancelled, stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { handlers } from './payment.handlers.ts'
import { attemptsOf, findPayment } from './payment.store.ts'
import { processPayments } from './payment.sweeps.ts'
import { ProviderUnavailable, type PaymentProvider } from './provider.ts'
import { simulatedProvider } from './provider.simulated.ts'

/** payment-service with a provider; `runSweep` charges and refunds what is due now. */
async function aCashier(t: ExecutionContext, provider: (db: Database) => PaymentProvider = once(simulatedProvider)) {
  const cashier = await aConsumer(t, 'payment-service', handlers)
  const sweep = processPayments(provider, { warn: () => undefined, info: () => undefined })
  return {
    ...cashier,
    async runSweep() {
      const processed = await sweep.run(cashier.db, AbortSignal.timeout(60_000))
      await sweep.finish()
      return processed
    },
    /** Makes what waits for a later attempt due now, as time would. */
    laterOn: () => cashier.db.transaction(tx => tx.query(`UPDATE payments SET next_attempt_at = now()`)),
    statusOf: async (order: string) => (await findPayment(cashier.db.read, idOf(order)))?.status,
    async publishedSummary() {
      return (await cashier.published()).map(({ type, sequence, key }) => [type, sequence, key])
    },
    /** The entries of the simulated provider's ledger. */
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

/** The simulated provider, but a call runs into what the test says first. */
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
  t.true((due?.pauseMs ?? 0) >= 100) // by the database's clock: the machine may be busy
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
        await cashier.receives(orderCancelled('A')) // comes between the two transactions
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
      refund: async paymentId =>
        failures-- > 0 ? Promise.reject(new ProviderUnavailable('503')) : real.refund(paymentId),
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
