import test, { type ExecutionContext } from 'ava'
import { handle } from '@docket/chassis/messaging/handlers.ts'
import {
  again,
  allExcept,
  idOf,
  orderLinesReturned,
  orderCancelled,
  retentionPassed,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runPurge } from '@docket/test/support/purges.ts'
import { oneWaits } from '@docket/test/support/row-locks.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'
import { until } from '@docket/test/support/until.ts'
import { handlers } from './payment.handlers.ts'
import { processPayments } from './payment.sweeps.ts'
import { findPayment } from './payment.store.ts'
import { simulatedProvider } from './provider.simulated.ts'
import { watchProvider } from './provider.steps.ts'
import { processRefunds } from './refund.sweeps.ts'
import { purges } from './retention.sweeps.ts'

async function aCashier(t: ExecutionContext, ...charged: string[]) {
  const cashier = await aConsumer(t, 'payment-service', handlers)
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const sweeps = [
    processPayments(simulatedProvider, watch.charges, log),
    processRefunds(simulatedProvider, watch.refunds, log),
  ]
  const at = {
    ...cashier,
    pays: () => runSweeps(cashier.db, sweeps),
    purges: () => runPurge(cashier.db, purges()),
    isKnown: async (order: string) => (await findPayment(cashier.db.read, idOf(order))) !== undefined,
    count: async (table: string) =>
      (await cashier.db.read.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n,
    ages: (days: number) =>
      cashier.db.transaction(async tx => {
        tx.change(`UPDATE payments SET updated_at = updated_at - make_interval(days => $1)`, [days])
        tx.change(`UPDATE attempts SET at = at - make_interval(days => $1)`, [days])
      }),
  }
  await cashier.receives(...charged.map(order => stockReserved(order)))
  await at.pays()
  await at.ages(30)
  await cashier.published()
  return at
}

test('payments of orders that retention has passed go with their attempts, except what is kept', async t => {
  const cashier = await aCashier(t, 'A', 'B', 'C')
  await cashier.receives(retentionPassed({ details: allExcept(), orders: allExcept('B') }))
  t.deepEqual(await cashier.purges(), { 'purge attempts': 0, 'purge payments': 1 })
  t.deepEqual(
    [await cashier.isKnown('A'), await cashier.isKnown('B'), await cashier.isKnown('C')],
    [false, true, false],
  )
  t.is(await cashier.count('attempts'), 1)
})

test('without a mark for orders no payment goes, whatever its age', async t => {
  const cashier = await aCashier(t, 'A')
  await cashier.receives(retentionPassed({ details: allExcept() }))
  await cashier.purges()
  t.true(await cashier.isKnown('A'))
})

test('a purged order is not charged again, and leaves no tombstone, when its events are replayed', async t => {
  const cashier = await aCashier(t)
  const reserved = stockReserved('A')
  await cashier.receives(reserved)
  await cashier.pays()
  await cashier.ages(30)
  await cashier.published()
  await cashier.receives(retentionPassed({ details: allExcept(), orders: allExcept() }))
  await cashier.purges()
  const replay = [again(reserved), orderCancelled('A'), orderCancelled('B')]
  t.deepEqual(await cashier.receives(...replay), replay)
  await cashier.pays()
  t.deepEqual(await cashier.published(), [])
  t.is(await cashier.count('payments'), 0)
  t.is(await cashier.count('simulated_provider'), 1)
})

test('a batch that brings the mark ignores what the mark has passed', async t => {
  const cashier = await aCashier(t)
  t.is((await cashier.receives(stockReserved('A'), retentionPassed({ details: allExcept() }))).length, 1)
  t.false(await cashier.isKnown('A'))
})

test('a mark waits for a batch that looked at it before, and so does what it lets go', async t => {
  const cashier = await aCashier(t)
  let isMarked = false
  let marking: Promise<unknown> | undefined
  await cashier.db.transaction(async tx => {
    await handle(tx, handlers, [stockReserved('A')])
    marking = cashier.receives(retentionPassed({ details: allExcept() })).then(() => (isMarked = true))
    await until('it waits, or does not', async () => (await oneWaits(cashier.db)) || isMarked)
    t.false(isMarked)
  })
  await marking
  t.is((await cashier.receives(stockReserved('A'))).length, 1)
})

test('an order that the mark keeps is charged', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(retentionPassed({ details: allExcept('A') }))
  t.deepEqual(await cashier.receives(stockReserved('A')), [])
  await cashier.pays()
  t.is((await cashier.published())[0]?.type, 'payment.succeeded')
})

test('a mark that comes late does not take a newer one back', async t => {
  const cashier = await aCashier(t)
  await cashier.receives(retentionPassed({ details: allExcept() }, 2))
  await cashier.receives(retentionPassed({ details: allExcept('A') }, 1))
  t.is((await cashier.receives(stockReserved('A'))).length, 1)
})

test('a refund that is owed is paid, however old; then the payment goes', async t => {
  const cashier = await aCashier(t, 'A')
  await cashier.receives(orderCancelled('A'))
  await cashier.receives(retentionPassed({ details: allExcept(), orders: allExcept() }))
  await cashier.ages(30)
  await cashier.purges()
  t.true(await cashier.isKnown('A'))
  await cashier.pays()
  t.is((await cashier.published())[0]?.type, 'payment.refunded')
  await cashier.purges()
  t.true(await cashier.isKnown('A'), 'its event may still be on its way')
  await cashier.ages(2)
  await cashier.purges()
  t.false(await cashier.isKnown('A'))
})

test('a payment that owes a part is kept, however old, until it is refunded; then its refunds go with it', async t => {
  const cashier = await aCashier(t, 'A')
  await cashier.receives(orderLinesReturned('A', 'goods', { mug: 1 }, 300))
  await cashier.receives(retentionPassed({ details: allExcept(), orders: allExcept() }))
  await cashier.ages(30)
  await cashier.purges()
  t.true(await cashier.isKnown('A'))
  await cashier.pays()
  await cashier.ages(2)
  await cashier.purges()
  t.false(await cashier.isKnown('A'))
  t.is(await cashier.count('refunds'), 0)
  t.is(await cashier.count('simulated_refunds'), 1)
})

test('attempts go after 90 days, but not those of a payment that is still charged', async t => {
  const cashier = await aCashier(t, 'A', 'B')
  await cashier.db.transaction(tx =>
    tx.query(`UPDATE payments SET status = 'charging', next_attempt_at = 'infinity' WHERE order_id = $1`, [idOf('B')]),
  )
  await cashier.ages(59)
  await cashier.purges()
  t.is(await cashier.count('attempts'), 2)
  await cashier.ages(2)
  await cashier.purges()
  t.is(await cashier.count('attempts'), 1)
  t.is(await cashier.count('payments'), 2)
})
