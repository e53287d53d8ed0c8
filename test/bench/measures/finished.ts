import { query } from '@docket/reconciliation/query.ts'
import type { Sources } from '@docket/reconciliation/sources.ts'

const atOnce = 100_000
const statementMs = 300_000

/**
 * Fills the tables with orders that ended long ago, as after a year. They have no events in the topics, so
 * reconciliation must come before.
 */
export async function fillWithFinished(books: Sources, orders: number, sku: string): Promise<void> {
  for (let from = 0; from < orders; from += atOnce) {
    const numbers = `generate_series(${from + 1}, ${Math.min(orders, from + atOnce)}) AS n`
    await Promise.all([
      query(
        books.orders,
        `
        WITH made AS (
          INSERT INTO orders (id, customer_id, status, lines, total, currency, payment_token, version, created_at, updated_at, expires_at)
          SELECT ${idOf('n')}, ${idOf('n')}, 'completed', jsonb_build_array(jsonb_build_object('sku', $1::text, 'name', 'bench', 'quantity', 1, 'unitPrice', 450)),
            450, 'EUR', 'tok_ok', 3, ${longAgo}, ${longAgo}, ${longAgo} FROM ${numbers} RETURNING id)
        INSERT INTO timeline (order_id, event, service, at)
        SELECT id, event, 'order-service', ${longAgo}
        FROM made, unnest(ARRAY['order.created', 'stock.reserved', 'payment.succeeded', 'order.accepted', 'shipment.shipped', 'stock.committed', 'order.completed']) AS event`,
        [sku],
        statementMs,
      ),
      query(
        books.inventory,
        `
        WITH claimed AS (INSERT INTO claims (order_id, status, version) SELECT ${idOf('n')}, 'committed', 2 FROM ${numbers} RETURNING order_id),
             kept AS (INSERT INTO reservations (order_id, sku, quantity) SELECT order_id, $1, 1 FROM claimed)
        INSERT INTO movements (sku, kind, reserved, shipped, order_id) SELECT $1, 'shipped', 0, 0, order_id FROM claimed`,
        [sku],
        statementMs,
      ),
      query(
        books.payments,
        `
        WITH paid AS (
          INSERT INTO payments (order_id, id, status, amount, currency, token, version)
          SELECT ${idOf('n')}, ${idOf('n')}, 'succeeded', 450, 'EUR', 'tok_ok', 1 FROM ${numbers} RETURNING id)
        INSERT INTO attempts (payment_id, kind, outcome) SELECT id, 'charge', 'captured' FROM paid`,
        [],
        statementMs,
      ),
      query(
        books.shipping,
        `
        INSERT INTO shipments (order_id, id, carrier, tracking_number, lines)
        SELECT ${idOf('n')}, ${idOf('n')}, 'bench', 'bench-' || n, '[]' FROM ${numbers}`,
        [],
        statementMs,
      ),
    ])
  }
  await Promise.all(
    [books.orders, books.inventory, books.payments, books.shipping].map(url =>
      query(url, 'VACUUM ANALYZE', [], statementMs),
    ),
  )
}

const longAgo = `now() - interval '30 days'`

/** Ascending UUIDs like ours, of a time before all others. */
const idOf = (n: string) =>
  `('01900000-0000-7' || lpad(to_hex(${n} / 65536), 3, '0') || '-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
