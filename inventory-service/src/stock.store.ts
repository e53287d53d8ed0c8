import type { Tx } from '@docket/chassis/database/database.ts'
import type { Line, Outcome } from './stock.ts'

const sorted = (ids: readonly string[]) => [...new Set(ids)].sort() // two replicas that claim in another order deadlock

/** Claims orders, and returns those that were not claimed before. The insert is the claim; a tombstone holds it too. */
export async function claimOrders(tx: Tx, orderIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ orderId: string }>(
    `
    INSERT INTO claims (order_id, status) SELECT unnest($1::uuid[]), 'claimed'
    ON CONFLICT DO NOTHING RETURNING order_id AS "orderId"`,
    [sorted(orderIds)],
  )
  return new Set(rows.map(row => row.orderId))
}

/** What is available of each item that exists, locked in the order of the skus. */
export async function lockStock(tx: Tx, skus: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ sku: string; available: number }>(
    'SELECT sku, available FROM items WHERE sku = ANY($1::text[]) ORDER BY sku FOR UPDATE',
    [skus],
  )
  return new Map(rows.map(row => [row.sku, row.available]))
}

/** The rows are locked by lockStock; CHECK (available >= 0) is the net below. */
export function saveReserved(tx: Tx, lines: readonly Line[], outcomes: readonly Outcome[]): void {
  tx.change(
    `
    WITH outcome AS (SELECT * FROM unnest($1::uuid[], $2::text[]) AS o (order_id, status))
    UPDATE claims SET status = outcome.status, updated_at = now() FROM outcome WHERE claims.order_id = outcome.order_id`,
    [outcomes.map(o => o.orderId), outcomes.map(o => (o.reserved ? 'reserved' : 'rejected'))],
  )
  if (lines.length === 0) return
  tx.change(
    `
    WITH line AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS l (order_id, sku, quantity)),
         kept AS (INSERT INTO reservations (order_id, sku, quantity) SELECT * FROM line),
         moved AS (
           INSERT INTO movements (sku, kind, available, reserved, order_id)
           SELECT sku, 'reserved', -quantity, quantity, order_id FROM line)
    UPDATE items SET available = available - wanted.n, reserved = reserved + wanted.n, updated_at = now()
    FROM (SELECT sku, sum(quantity)::int AS n FROM line GROUP BY sku) AS wanted
    WHERE items.sku = wanted.sku`,
    columnsOf(lines),
  )
}

/** Leaves a tombstone for each order that has not arrived yet, so that its claim fails. */
export function leaveTombstones(tx: Tx, orderIds: readonly string[]): void {
  tx.change(`INSERT INTO claims (order_id, status) SELECT unnest($1::uuid[]), 'void' ON CONFLICT DO NOTHING`, [
    sorted(orderIds),
  ])
}

export interface ResolvedClaim {
  orderId: string
  version: number
}

/** Ends the reservations that still stand, one way or the other; the others are late or duplicates. */
export async function resolveClaims(
  tx: Tx,
  orderIds: readonly string[],
  to: 'released' | 'committed',
): Promise<ResolvedClaim[]> {
  const { rows } = await tx.query<ResolvedClaim>(
    `
    WITH standing AS (SELECT order_id FROM claims WHERE order_id = ANY($1::uuid[]) AND status = 'reserved' ORDER BY order_id FOR UPDATE)
    UPDATE claims SET status = $2, version = version + 1, updated_at = now() FROM standing
    WHERE claims.order_id = standing.order_id
    RETURNING claims.order_id AS "orderId", version`,
    [sorted(orderIds), to],
  )
  return rows
}

/** Which of the orders are known here, by a claim or a tombstone. */
export async function knownOrders(tx: Tx, orderIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ orderId: string }>(
    'SELECT order_id AS "orderId" FROM claims WHERE order_id = ANY($1::uuid[])',
    [orderIds],
  )
  return new Set(rows.map(row => row.orderId))
}

export async function linesOf(tx: Tx, orderIds: readonly string[]): Promise<Line[]> {
  const { rows } = await tx.query<Line>(
    `
    SELECT order_id AS "orderId", sku, quantity FROM reservations WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, sku`,
    [orderIds],
  )
  return rows
}

/** Locks the items that some orders have reserved, in the order of the skus. */
export async function lockStockOf(tx: Tx, orderIds: readonly string[]): Promise<void> {
  await tx.query(
    'SELECT FROM items WHERE sku IN (SELECT sku FROM reservations WHERE order_id = ANY($1::uuid[])) ORDER BY sku FOR UPDATE',
    [orderIds],
  )
}

/** Reserved pieces become available again. The rows are locked by lockStockOf. */
export function saveReleased(tx: Tx, lines: readonly Line[]): void {
  tx.change(
    `
    WITH line AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS l (order_id, sku, quantity)),
         moved AS (
           INSERT INTO movements (sku, kind, available, reserved, order_id)
           SELECT sku, 'released', quantity, -quantity, order_id FROM line)
    UPDATE items SET available = available + back.n, reserved = reserved - back.n, updated_at = now()
    FROM (SELECT sku, sum(quantity)::int AS n FROM line GROUP BY sku) AS back
    WHERE items.sku = back.sku`,
    columnsOf(lines),
  )
}

/** Reserved pieces leave the house. The rows are locked by lockStockOf. */
export function saveCommitted(tx: Tx, lines: readonly Line[]): void {
  tx.change(
    `
    WITH line AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS l (order_id, sku, quantity)),
         moved AS (
           INSERT INTO movements (sku, kind, reserved, shipped, order_id)
           SELECT sku, 'shipped', -quantity, quantity, order_id FROM line)
    UPDATE items SET reserved = items.reserved - gone.n, shipped = items.shipped + gone.n, updated_at = now()
    FROM (SELECT sku, sum(quantity)::int AS n FROM line GROUP BY sku) AS gone
    WHERE items.sku = gone.sku`,
    columnsOf(lines),
  )
}

const columnsOf = (lines: readonly Line[]) => [
  lines.map(l => l.orderId),
  lines.map(l => l.sku),
  lines.map(l => l.quantity),
]
