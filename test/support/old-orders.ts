import type { DocketEvent } from '@docket/contract/event.ts'
import { query } from '@docket/reconciliation/query.ts'
import { anEvent } from './events.ts'

// Orders of long ago, as the four services have them once they are final; written by SQL, as a million would take hours
// otherwise. Of ten orders eight are completed, one is rejected, and one is cancelled after it was charged.

export interface OldOrders {
  count: number
  firstMs: number
  sku: string
}

export interface OldDatabases {
  orders: string
  inventory: string
  payments: string
  shipping: string
}

const stepMs = 1_000
const kinds = { order: '7000', payment: '7001', shipment: '7002' } as const

export function oldId({ firstMs }: OldOrders, n: number, kind: keyof typeof kinds = 'order'): string {
  const time = (firstMs + n * stepMs).toString(16).padStart(12, '0')
  const tail = n.toString(16).padStart(15, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-${kinds[kind]}-8${tail.slice(0, 3)}-${tail.slice(3)}`
}

const endOf = (n: number) => (n % 10 === 0 ? 'rejected' : n % 10 === 1 ? 'cancelled' : 'completed')

const sqlId = (kind: keyof typeof kinds) =>
  `(lpad(to_hex($2::bigint + n * ${stepMs}), 12, '0') || '${kinds[kind]}8' || lpad(to_hex(n), 15, '0'))::uuid`
const ordersSql = `
  WITH old AS MATERIALIZED (
    SELECT n, ${sqlId('order')} AS id, to_timestamp(($2::bigint + n * ${stepMs}) / 1000.0) AS at,
      CASE n % 10 WHEN 0 THEN 'rejected' WHEN 1 THEN 'cancelled' ELSE 'completed' END AS ends
    FROM generate_series(0, $1::bigint - 1) AS n)`
const sqlLastEvent = (type: string, topic: string, sequence: string) => `
  INSERT INTO last_events (aggregateid, event_id, aggregatetype, type, sequence, time, payload)
  SELECT id::text, id, '${topic}', ${type}, ${sequence}, at, json_build_object('orderId', id) FROM old`

export async function writeOldOrders(at: OldDatabases, { count, firstMs, sku }: OldOrders): Promise<void> {
  const inOrder = async (url: string, ...statements: string[]) => {
    for (const sql of statements)
      await query(url, `${ordersSql}${sql}`, sql.includes('$3') ? [count, firstMs, sku] : [count, firstMs], 3_600_000)
  }
  await Promise.all([
    inOrder(
      at.orders,
      `INSERT INTO orders (id, customer_id, status, reason, shortages, lines, total, currency, payment_token, version, created_at, updated_at, expires_at)
       SELECT id, '01900000-0000-7000-8000-000000000000', ends, CASE ends WHEN 'rejected' THEN 'out_of_stock' WHEN 'cancelled' THEN 'requested' END,
         CASE ends WHEN 'rejected' THEN '[]'::jsonb END, jsonb_build_array(jsonb_build_object('sku', $3::text, 'quantity', 1, 'name', 'mug', 'unitPrice', 450)),
         450, 'EUR', 'tok_ok', CASE ends WHEN 'completed' THEN 3 ELSE 2 END, at, at + interval '5 s', at + interval '15 min' FROM old`,
      `INSERT INTO timeline (order_id, event, service, at)
       SELECT id, event, split_part(event, '.', 1), at FROM old CROSS JOIN LATERAL unnest(CASE ends
         WHEN 'completed' THEN ARRAY['order.created', 'stock.reserved', 'payment.succeeded', 'order.accepted', 'shipment.shipped', 'stock.committed', 'order.completed']
         WHEN 'rejected' THEN ARRAY['order.created', 'stock.rejected', 'order.rejected']
         ELSE ARRAY['order.created', 'stock.reserved', 'order.cancelled', 'payment.succeeded', 'payment.refunded', 'stock.released'] END) AS event ORDER BY n`,
      sqlLastEvent(`'order.' || ends`, 'order', `CASE ends WHEN 'completed' THEN 3 ELSE 2 END`),
    ),
    inOrder(
      at.inventory,
      `INSERT INTO items (sku, name, unit_price, currency, received, available, shipped)
       SELECT $3, 'mug', 450, 'EUR', 2 * count(*), count(*), count(*) FROM old WHERE ends = 'completed'
       ON CONFLICT (sku) DO UPDATE SET received = items.received + excluded.received, available = items.available + excluded.available, shipped = items.shipped + excluded.shipped`,
      `INSERT INTO movements (sku, kind, available) SELECT $3, 'received', 2 * count(*) FROM old WHERE ends = 'completed'`,
      `INSERT INTO claims (order_id, status, version, updated_at)
       SELECT id, CASE ends WHEN 'completed' THEN 'committed' WHEN 'cancelled' THEN 'released' ELSE 'rejected' END, CASE ends WHEN 'rejected' THEN 1 ELSE 2 END, at FROM old`,
      `INSERT INTO reservations (order_id, sku, quantity) SELECT id, $3, 1 FROM old WHERE ends <> 'rejected'`,
      `INSERT INTO movements (sku, kind, available, reserved, shipped, order_id, at)
       SELECT $3, kind, available, reserved, shipped, id, at FROM old
       JOIN (VALUES ('any', 'reserved', -1, 1, 0), ('completed', 'shipped', 0, -1, 1), ('cancelled', 'released', 1, -1, 0)) AS move (of, kind, available, reserved, shipped)
         ON ends <> 'rejected' AND of IN ('any', ends) ORDER BY n`,
      sqlLastEvent(`CASE ends WHEN 'completed' THEN 'stock.committed' ELSE 'stock.released' END`, 'inventory', '2'),
    ),
    inOrder(
      at.payments,
      `INSERT INTO payments (order_id, id, status, amount, currency, token, cancelled, provider_ref, version, created_at, updated_at, next_attempt_at)
       SELECT id, ${sqlId('payment')}, CASE ends WHEN 'completed' THEN 'succeeded' ELSE 'refunded' END, 450, 'EUR', 'tok_ok', ends = 'cancelled', 'sim_' || n,
         CASE ends WHEN 'completed' THEN 1 ELSE 2 END, at, at, at FROM old WHERE ends <> 'rejected'`,
      `INSERT INTO attempts (payment_id, kind, outcome, at) SELECT ${sqlId('payment')}, 'charge', 'captured', at FROM old WHERE ends <> 'rejected' ORDER BY n`,
      `INSERT INTO simulated_provider (idempotency_key, outcome, amount, currency, refunded, at)
       SELECT ${sqlId('payment')}, 'captured', 450, 'EUR', ends = 'cancelled', at FROM old WHERE ends <> 'rejected'`,
      `${sqlLastEvent(`'payment.succeeded'`, 'payment', '1')} WHERE ends <> 'rejected'`,
    ),
    inOrder(
      at.shipping,
      `INSERT INTO shipments (order_id, id, carrier, tracking_number, lines, shipped_at)
       SELECT id, ${sqlId('shipment')}, 'Harbour Post', 'OLD' || n, jsonb_build_array(jsonb_build_object('sku', $3::text, 'quantity', 1)), at FROM old WHERE ends = 'completed'`,
      `${sqlLastEvent(`'shipment.shipped'`, 'shipping', '1')} WHERE ends = 'completed'`,
    ),
  ])
}

export function historyOf(old: OldOrders, n: number): DocketEvent[] {
  const time = new Date(old.firstMs + n * stepMs).toISOString()
  return lifeOf(old, n).map(event => ({ ...event, time }))
}

function lifeOf(old: OldOrders, n: number): DocketEvent[] {
  const id = oldId(old, n)
  const lines = [{ sku: old.sku, quantity: 1 }]
  const payment = { orderId: id, paymentId: oldId(old, n, 'payment'), amount: 450, currency: 'EUR' }
  const created = anEvent('order.created', id, {
    orderId: id,
    customerId: '01900000-0000-7000-8000-000000000000',
    lines: [{ ...lines[0]!, unitPrice: 450 }],
    total: 450,
    currency: 'EUR',
    paymentToken: 'tok_ok',
    expiresAt: new Date(old.firstMs).toISOString(),
  })
  const reserved = anEvent('stock.reserved', id, { orderId: id, total: 450, currency: 'EUR', paymentToken: 'tok_ok' })
  const succeeded = anEvent('payment.succeeded', id, payment)
  switch (endOf(n)) {
    case 'rejected':
      return [
        created,
        anEvent('stock.rejected', id, {
          orderId: id,
          reason: 'out_of_stock',
          shortages: [{ sku: old.sku, requested: 1, available: 0 }],
        }),
      ]
    case 'cancelled':
      return [
        created,
        reserved,
        anEvent('order.cancelled', id, { orderId: id, reason: 'requested' }, 2),
        succeeded,
        anEvent('stock.released', id, { orderId: id, lines }, 2),
        anEvent('payment.refunded', id, payment, 2),
      ]
    default:
      return [
        created,
        reserved,
        succeeded,
        anEvent('order.accepted', id, { orderId: id, lines }, 2),
        anEvent('shipment.shipped', id, {
          orderId: id,
          shipmentId: oldId(old, n, 'shipment'),
          carrier: 'Harbour Post',
          trackingNumber: `OLD${n}`,
        }),
        anEvent('stock.committed', id, { orderId: id, lines }, 2),
      ]
  }
}
