import test, { type ExecutionContext } from 'ava'
import { aDatabase } from '@docket/test/support/database.ts'
import { oldId, writeOldOrders } from '@docket/test/support/old-orders.ts'
import { query } from './query.ts'
import {
  changedOrders,
  readClaims,
  readItems,
  readOrders,
  readPayments,
  readPromised,
  readShipments,
  readStock,
} from './tables.ts'

const old = { count: 10, firstMs: Date.parse('2026-01-01T00:00:00Z'), sku: 'mug' }

async function theDatabases(t: ExecutionContext) {
  const [orders, inventory, payments, shipping] = await Promise.all([
    aDatabase(t, 'order-service'),
    aDatabase(t, 'inventory-service'),
    aDatabase(t, 'payment-service'),
    aDatabase(t, 'shipping-service'),
  ])
  const at = { orders: orders.url, inventory: inventory.url, payments: payments.url, shipping: shipping.url }
  await writeOldOrders(at, old)
  return at
}

test('with a mark, only orders are read that have changed since, in whichever service', async t => {
  const at = await theDatabases(t)
  const since = new Date('2026-02-01T00:00:00Z')
  t.deepEqual(await changedOrders(at, since), [])
  const changes: [url: string, sql: string, n: number][] = [
    [at.orders, `UPDATE orders SET updated_at = now() WHERE id = $1`, 2],
    [at.inventory, `UPDATE claims SET updated_at = now() WHERE order_id = $1`, 3],
    [at.payments, `UPDATE payments SET updated_at = now() WHERE order_id = $1`, 4],
    [at.shipping, `UPDATE shipments SET shipped_at = now() WHERE order_id = $1`, 5],
    [at.orders, `UPDATE orders SET status = 'accepted' WHERE id = $1`, 6],
  ]
  for (const [url, sql, n] of changes) await query(url, sql, [oldId(old, n)])
  const changed = await changedOrders(at, since)
  const expected = changes.map(([, , n]) => oldId(old, n))
  t.deepEqual(changed.sort(), expected)
  const found = [
    await readOrders(at, changed),
    await readClaims(at, changed),
    await readPayments(at, changed),
    await readShipments(at, changed),
  ]
  for (const byId of found) t.deepEqual([...byId.keys()].sort(), expected)
  t.deepEqual(await readPromised(at, since), [])
})

test('an order of the release before has its lines, its stock, its refund and its shipment', async t => {
  const at = await theDatabases(t)
  const [completed, cancelled] = [oldId(old, 2), oldId(old, 1)]
  const aMug = { sku: 'mug', quantity: 1 }
  t.deepEqual((await readOrders(at, undefined)).get(completed)?.lines, [
    { ...aMug, unitPrice: 450, cancelled: 0, shipped: 1, returned: 0 },
  ])
  t.like((await readClaims(at, undefined)).get(completed)?.lines[0], { sku: 'mug', reserved: 0, shipped: 1 })
  t.like((await readPayments(at, undefined)).get(cancelled)?.refunds[0], {
    id: cancelled,
    amount: 450,
    status: 'given',
  })
  t.like((await readShipments(at, undefined)).get(completed), {
    version: 1,
    shipments: [{ status: 'shipped', lines: [aMug] }],
  })
  const [stock] = await readStock(at)
  const numbers = { available: 8, reserved: 0, shipped: 8, scrapped: 0, lost: 0, moved: 0 }
  t.deepEqual(stock, { sku: 'mug', location: 'main', ...numbers, movements: numbers })
  t.like((await readItems(at))[0], { reservedAnywhere: 0, held: 0 })
})
