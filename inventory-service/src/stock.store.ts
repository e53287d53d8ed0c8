import type { Tx } from '@docket/chassis/database/database.ts'
import type { Line, Outcome } from './stock.ts'

const sorted = (ids: readonly string[]) => [...new Set(ids)].sort() // in different orders, two replicas deadlock

/**
 * Claims the created orders, and returns those that were not claimed before. The insert is the claim. Each cancelled
 * order that has not arrived yet gets a tombstone, so that a later claim fails.
 */
export async function claimOrders(
  tx: Tx,
  created: readonly string[],
  cancelled: readonly string[],
): Promise<Set<string>> {
  if (created.length === 0 && cancelled.length === 0) return new Set()
  const isCreated = new Set(created)
  const orderIds = sorted([...created, ...cancelled])
  const claim = `
    INSERT INTO claims (order_id, status) SELECT * FROM unnest($1::uuid[], $2::text[])
    ON CONFLICT DO NOTHING`
  const rows = [orderIds, orderIds.map(id => (isCreated.has(id) ? 'claimed' : 'void'))]
  if (created.length === 0) {
    tx.change(claim, rows)
    return new Set()
  }
  const { rows: claimed } = await tx.query<{ orderId: string }>(`${claim} RETURNING order_id AS "orderId"`, rows)
  return new Set(claimed.map(row => row.orderId))
}

export async function lockStock(
  tx: Tx,
  skus: readonly string[],
  orderIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ sku: string; available: number }>(
    orderIds.length === 0
      ? 'SELECT sku, available FROM items WHERE sku = ANY($1::text[]) ORDER BY sku FOR UPDATE'
      : `
    SELECT sku, available FROM items
    WHERE sku IN (SELECT unnest($1::text[]) UNION SELECT sku FROM reservations WHERE order_id = ANY($2::uuid[]))
    ORDER BY sku FOR UPDATE`,
    orderIds.length === 0 ? [skus] : [skus, orderIds],
  )
  return new Map(rows.map(row => [row.sku, row.available]))
}

export function lockStockOf(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    'SELECT FROM items WHERE sku IN (SELECT sku FROM reservations WHERE order_id = ANY($1::uuid[])) ORDER BY sku FOR UPDATE',
    [orderIds],
  )
}

/** The rows are locked by lockStock; CHECK (available >= 0) is the safety net. */
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

export interface ResolvedClaim {
  orderId: string
  version: number
}

/**
 * Ends the reservations that still stand; the others are late or duplicates. Also returns which of the orders are known
 * here, by a claim or a tombstone. What the orders hold is locked, so no other replica ends it.
 */
export async function resolveClaims(
  tx: Tx,
  orderIds: readonly string[],
  to: 'released' | 'committed',
): Promise<{ known: Set<string>; resolved: ResolvedClaim[] }> {
  const { rows } = await tx.query<{ orderId: string; version: number | null }>(
    `
    WITH resolved AS (
      UPDATE claims SET status = $2, version = version + 1, updated_at = now()
      WHERE order_id = ANY($1::uuid[]) AND status = 'reserved' RETURNING order_id, version)
    SELECT order_id AS "orderId", resolved.version FROM claims LEFT JOIN resolved USING (order_id)
    WHERE order_id = ANY($1::uuid[])`,
    [orderIds, to],
  )
  return {
    known: new Set(rows.map(row => row.orderId)),
    resolved: rows.flatMap(({ orderId, version }) => (version === null ? [] : [{ orderId, version }])),
  }
}

export async function linesOf(tx: Tx, orderIds: readonly string[]): Promise<Line[]> {
  const { rows } = await tx.query<Line>(
    `
    SELECT order_id AS "orderId", sku, quantity FROM reservations WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, sku`,
    [orderIds],
  )
  return rows
}

/** The caller has locked the rows, so no condition is needed. */
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

/** The caller has locked the rows, so no condition is needed. */
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
