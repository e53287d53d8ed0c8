import test, { type ExecutionContext } from 'ava'
import { idOf, stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { handlers } from './payment.handlers.ts'
import { attemptMs } from './lease.ts'
import { leaseDue, lookAtDue, type Choice } from './payment.store.ts'
import { processPayments } from './payment.sweeps.ts'
import { watchProvider } from './provider.steps.ts'
import { ProviderUnavailable, type PaymentProvider } from './provider.ts'

const leaseMs = 60_000

async function duePayments(t: ExecutionContext, ...orders: string[]) {
  const { db, receives } = await aConsumer(t, 'payment-service', handlers)
  await receives(...orders.map(order => stockReserved(order)))
  const later = (seconds: number, some = orders) =>
    db.transaction(tx =>
      tx.query(
        `UPDATE payments SET next_attempt_at = next_attempt_at - make_interval(secs => $2) WHERE order_id = ANY($1::uuid[])`,
        [some.map(idOf), seconds],
      ),
    )
  for (const [at, order] of orders.entries()) await later(orders.length - at, [order])
  return {
    db,
    later,
    lease: async (limit: number) => (await db.transaction(tx => leaseDue(tx, limit, leaseMs))).map(one => one.orderId),
  }
}

test('what has waited longest is leased first', async t => {
  const payments = await duePayments(t, 'A', 'B', 'C')
  t.deepEqual(await payments.lease(1), [idOf('A')])
  t.deepEqual(await payments.lease(1), [idOf('B')])
  t.deepEqual(await payments.lease(9), [idOf('C')])
})

test('a look says when the first payment is due, and payments due before that are not looked for', async t => {
  const { db } = await duePayments(t, 'A', 'B', 'C')
  const { rows } = await db.read.query<{ seconds: number }>(
    'SELECT extract(epoch FROM next_attempt_at)::float8 AS seconds FROM payments ORDER BY next_attempt_at',
  )
  const [first = NaN, second = NaN] = rows.map(({ seconds }) => seconds)
  const lookFrom = async (from: number) => (await lookAtDue(db.read, from))?.lowest ?? undefined
  const isJustBelow = (seconds: number | undefined, other: number) =>
    t.true(seconds !== undefined && seconds < other && seconds > other - 0.01, `${seconds} for ${other}`)
  isJustBelow(await lookFrom(0), first)
  const lowest = await lookFrom(second - 0.5)
  isJustBelow(lowest, second)
  const lease = async (choice: Choice) =>
    (await db.transaction(tx => leaseDue(tx, 1, leaseMs, choice, lowest))).map(one => one.orderId)
  t.deepEqual(await lease('all'), [idOf('B')])
  t.deepEqual(await lease('probe'), [idOf('C')])
  t.deepEqual(await lease('all'), [], 'A is below')
  await db.transaction(tx => tx.query(`UPDATE payments SET status = 'succeeded'`))
  t.is(await lookFrom(0), undefined)
})

test('a look at the payments that are due has a transaction id of its own, so that the floor rises', async t => {
  const { db } = await duePayments(t)
  const ids = [await lookAtDue(db.read, 0), await lookAtDue(db.read, 0)].map(row => Number(row?.xid))
  t.true((ids[0] ?? NaN) < (ids[1] ?? NaN), `${ids}`)
})

test('a lease lasts as long as it was taken for', async t => {
  const payments = await duePayments(t, 'A')
  t.is((await payments.lease(9)).length, 1)
  await payments.later(leaseMs / 1_000 - 10)
  t.is((await payments.lease(9)).length, 0)
  await payments.later(10)
  t.is((await payments.lease(9)).length, 1)
})

test('what one replica is leasing is neither leased by another, nor waited for', async t => {
  const payments = await duePayments(t, 'A', 'B', 'C')
  await payments.db.transaction(async tx => {
    t.is((await leaseDue(tx, 2, leaseMs)).length, 2)
    t.deepEqual(await payments.lease(9), [idOf('C')])
  })
})

test('what a transaction did before is part of the lease that it takes', async t => {
  const { db } = await duePayments(t, 'A')
  const leaseOf = 10_000
  await db.transaction(async tx => {
    await tx.query('SELECT pg_sleep(0.5)')
    const [payment] = await leaseDue(tx, 1, leaseOf)
    const leftMs = (payment?.answerByMs ?? Infinity) - performance.now()
    t.true(leftMs <= attemptMs - 500, `${leftMs} ms`)
  })
})

/** A provider that knows of no charge, and counts those that it is told to make. */
function aProvider(find: () => Promise<void> = async () => undefined) {
  const charged: string[] = []
  const provider: PaymentProvider = {
    async find() {
      await find()
      return { outcome: 'unknown' }
    },
    async charge({ key }) {
      charged.push(key)
      return { outcome: 'captured', reference: 'ref' }
    },
    findRefund: async () => ({ outcome: 'unknown' }),
    refund: async () => ({ outcome: 'refunded' }),
  }
  return { provider, charged }
}

const log = { warn: () => undefined, info: () => undefined }
const chargesWith = (provider: PaymentProvider) => processPayments(() => provider, watchProvider(log).charges, log)

async function charging(t: ExecutionContext, { provider }: ReturnType<typeof aProvider>) {
  const { db } = await duePayments(t, 'A')
  const sweep = chargesWith(provider)
  await db.transaction(tx => tx.query("UPDATE payments SET next_attempt_at = 'infinity'"))
  await sweep.run(db, new AbortController().signal) // there is nothing due; from now on it may be told what is
  await db.transaction(tx => tx.query('UPDATE payments SET next_attempt_at = now()'))
  const leased = await db.transaction(tx => leaseDue(tx, 1, 10_000))
  return { db, sweep, leased }
}

test('a payment whose lease was committed late is left to the next who leases it', async t => {
  const payments = aProvider()
  const { sweep, leased } = await charging(t, payments)
  sweep.begin(leased.map(payment => ({ ...payment, answerByMs: performance.now() })))
  await sweep.finish()
  t.deepEqual(payments.charged, [])
})

test('a question that the provider answers too late is followed by no charge', async t => {
  const answered = Promise.withResolvers<void>()
  const payments = aProvider(() => answered.promise)
  const { sweep, leased } = await charging(t, payments)
  sweep.begin(leased.map(payment => ({ ...payment, attempts: 1, answerByMs: performance.now() + 1_100 })))
  await sweep.finish() // the attempt has ended, without an answer
  answered.resolve()
  await new Promise(setImmediate)
  t.deepEqual(payments.charged, [])
})

test('a payment gets no new key while a call that was begun under the old one may still arrive', async t => {
  const failures = Array.from({ length: 5 }, () => new ProviderUnavailable('the provider answered 504', {}, '504'))
  const used: string[] = []
  const { db, later } = await duePayments(t, 'A')
  const provider: PaymentProvider = {
    ...aProvider().provider,
    async charge({ key }) {
      used.push(key)
      const failure = failures.pop()
      if (failure) throw failure
      return { outcome: 'captured', reference: 'ref' }
    },
  }
  const sweep = chargesWith(provider)
  const attempt = async () => {
    await later(10)
    await sweep.run(db, new AbortController().signal)
    await sweep.finish()
  }
  const seconds = (n: number) =>
    db.transaction(tx => tx.query('UPDATE payments SET unknown_at = unknown_at - make_interval(secs => $1)', [n]))
  await attempt()
  await db.transaction(tx => tx.query("UPDATE payments SET trouble = '504', trouble_count = 4"))
  await attempt()
  t.is(used.length, 1, 'it waits')
  await seconds(40)
  await attempt()
  t.is(used.length, 1, 'it waits until the last call can arrive no more')
  await seconds(10)
  await attempt()
  t.deepEqual([used.length, new Set(used).size], [2, 2])
})

test('an attempt of which nothing was saved may still arrive', async t => {
  const payments = aProvider()
  const { db, sweep, leased } = await charging(t, payments)
  await db.transaction(tx =>
    tx.query("UPDATE payments SET trouble = '503', trouble_count = 4, unknown_at = now(), next_attempt_at = now()"),
  )
  t.is(leased.length, 1)
  await sweep.run(db, new AbortController().signal)
  await sweep.finish()
  t.deepEqual(payments.charged, [])
})

for (const [answer, what] of [
  [{ outcome: 'declined', reason: 'stolen' }, 'is left to that one'],
  [{ outcome: 'captured', reference: 'ref' }, 'counts only when the card was charged'],
] as const)
  test(`the answer to a replica whose payment another has leased since ${what}`, async t => {
    const { provider } = aProvider()
    const { db, later } = await duePayments(t, 'A')
    const answers = Promise.withResolvers<typeof answer>()
    const sweep = chargesWith({ ...provider, charge: () => answers.promise })
    await sweep.run(db, new AbortController().signal)
    await later(10)
    const [again] = await db.transaction(tx => leaseDue(tx, 1, leaseMs))
    t.is(again?.attempts, 1)
    answers.resolve(answer)
    await sweep.finish()
    const { rows } = await db.read.query('SELECT status, attempts, next_attempt_at > now() AS leased FROM payments')
    t.like(
      rows[0],
      answer.outcome === 'captured' ? { status: 'succeeded' } : { status: 'charging', attempts: 2, leased: true },
    )
  })
