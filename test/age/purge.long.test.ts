import test, { type ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { PurgeStep } from '@docket/chassis/purge.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { handlers as inventoryHandlers } from '@docket/inventory-service/src/stock.handlers.ts'
import { purges as inventoryPurges } from '@docket/inventory-service/src/retention.sweeps.ts'
import { handlers as orderHandlers } from '@docket/order-service/src/order.handlers.ts'
import { purges as orderPurges } from '@docket/order-service/src/retention.sweeps.ts'
import { handlers as paymentHandlers } from '@docket/payment-service/src/payment.handlers.ts'
import { purges as paymentPurges } from '@docket/payment-service/src/retention.sweeps.ts'
import { handlers as shippingHandlers } from '@docket/shipping-service/src/shipment.handlers.ts'
import { purges as shippingPurges } from '@docket/shipping-service/src/retention.sweeps.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { anEvent } from '@docket/test/support/events.ts'
import { historyOf, oldId, writeOldOrders } from '@docket/test/support/old-orders.ts'
import { slow } from '@docket/test/support/slow.ts'

const dayMs = 86_400_000
const count = Number(process.env.OLD_ORDERS ?? 100_000) // a million by hand: docs/retention.md
const old = { count, firstMs: Date.now() - 500 * dayMs, sku: 'mug' }
const late = [17, count / 2 + 17] // final only yesterday
const replayed = 3_000

type Service = Database & { url: string }

async function purge(t: ExecutionContext, db: Service, steps: readonly PurgeStep[]): Promise<void> {
  for (const { name, run } of steps) {
    let [batches, longestMs, wholeMs] = [0, 0, 0]
    for (let more = true; more;) {
      const fromMs = performance.now()
      more = (await run(db, AbortSignal.abort())) > 0 // no pause: `pace` ends at once
      const ms = performance.now() - fromMs
      if (more) batches++
      longestMs = Math.max(longestMs, ms)
      wholeMs += ms
    }
    t.log(`${name}: ${batches} batches in ${(wholeMs / 1_000).toFixed(1)} s, the longest ${longestMs.toFixed(0)} ms`)
  }
}

const countOf = async (db: Service, table: string) =>
  (await db.read.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n

const tables = {
  orders: ['orders', 'timeline', 'last_events'],
  inventory: ['claims', 'reservations', 'movements', 'last_events'],
  payments: ['payments', 'attempts', 'last_events'],
  shipping: ['shipments', 'last_events'],
} as const

test('old orders go by the hundred thousand, and nothing happens twice when all that was ever said of them is said again', async t => {
  t.timeout(3_600_000)
  slow(t, 50, 'a hundred thousand orders are written into four databases, and purged')
  const [orders, inventory, payments, shipping] = await Promise.all([
    aDatabase(t, 'order-service'),
    aDatabase(t, 'inventory-service'),
    aDatabase(t, 'payment-service'),
    aDatabase(t, 'shipping-service'),
  ])
  const services = { orders, inventory, payments, shipping }
  const counted = async () => {
    const found: Record<string, number | undefined> = {}
    for (const [service, names] of Object.entries(tables))
      for (const name of names)
        found[`${service}.${name}`] = await countOf(services[service as keyof typeof tables], name)
    return found
  }
  await writeOldOrders(
    { orders: orders.url, inventory: inventory.url, payments: payments.url, shipping: shipping.url },
    old,
  )
  await orders.transaction(tx =>
    tx.query("UPDATE orders SET updated_at = now() - interval '1 day' WHERE id = ANY($1::uuid[])", [
      late.map(n => oldId(old, n)),
    ]),
  )

  await purge(
    t,
    orders,
    orderPurges(async () => ({ detailsMs: 120 * dayMs, ordersMs: 400 * dayMs })),
  )
  const { rows } = await orders.read.query<{ sequence: number; payload: DocketEvent['data'] }>(
    `SELECT sequence, payload FROM outbox ORDER BY id`,
  )
  const marks = rows.map(({ sequence, payload }) => ({
    ...anEvent('retention.passed', 'retention', payload as never, sequence),
  }))
  t.log(`${marks.length} events say how far retention has passed`)
  const others: [Service, Handlers, () => PurgeStep[]][] = [
    [shipping, shippingHandlers, shippingPurges],
    [payments, paymentHandlers, paymentPurges],
    [inventory, inventoryHandlers, inventoryPurges],
  ]
  for (const [db, handlers, steps] of others) {
    for (const mark of marks) await handleBatch(db, handlers, [mark])
    await purge(t, db, steps())
  }
  await orders.transaction(tx => tx.query('DELETE FROM outbox'))

  const left = late.length // each was completed
  const afterwards = await counted()
  t.deepEqual(afterwards, {
    'orders.orders': left,
    'orders.timeline': 7 * left,
    'orders.last_events': left,
    'inventory.claims': left,
    'inventory.reservations': left,
    'inventory.movements': 1 + 2 * left,
    'inventory.last_events': left,
    'payments.payments': left,
    'payments.attempts': 0, // they are older than 90 days
    'payments.last_events': left,
    'shipping.shipments': left,
    'shipping.last_events': left,
  })
  const stockOf = async () => (await inventory.read.query('SELECT available, reserved, shipped FROM items')).rows
  const stock = await stockOf()
  const charges = await countOf(payments, 'simulated_provider')

  const step = Math.floor(old.count / replayed)
  const sample = Array.from({ length: replayed }, (_, at) => at * step).filter(n => !late.includes(n))
  let ignored = 0
  for (let from = 0; from < sample.length; from += 100) {
    const events = sample.slice(from, from + 100).flatMap(n => historyOf(old, n))
    for (const [db, handlers] of [[orders, orderHandlers] as const, ...others]) {
      const consumed = events.filter(({ type }) => Object.hasOwn(handlers, type))
      const past = await handleBatch(db, handlers, consumed)
      ignored += past.length
      t.is(past.length, consumed.length)
    }
  }
  t.log(`${ignored} events about ${sample.length} orders were ignored`)
  for (const n of late) await handleBatch(shipping, shippingHandlers, historyOf(old, n)) // a duplicate, as ever

  t.deepEqual(await counted(), afterwards)
  t.deepEqual(await stockOf(), stock)
  t.is(await countOf(payments, 'simulated_provider'), charges)
  for (const db of Object.values(services)) t.is(await countOf(db, 'outbox'), 0)
})
