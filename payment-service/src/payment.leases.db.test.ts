import test, { type ExecutionContext } from 'ava'
import { idOf, stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { handlers } from './payment.handlers.ts'
import { leaseDue } from './payment.store.ts'

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
