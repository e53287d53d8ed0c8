import type { Tx } from '@docket/chassis/database/database.ts'
import type { Mark } from '@docket/chassis/messaging/purge-marks.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'
import { final } from './statuses.store.ts'

export interface Candidates {
  end: string
  notDue: string[]
  fresh: number
}

/**
 * Looks at the orders that a mark keeps, and at the next `limit` behind it that are older than `retentionMs` and before
 * `ceiling`; each of `ceiling.kept` is kept too. An order is due when it has been final, and quiet, for `retentionMs`,
 * and what a cancellation undoes is undone: until then what undoes it must be handled when it comes.
 */
export async function candidates(
  tx: Tx,
  mark: Mark,
  retentionMs: number,
  ceiling: Mark,
  limit: number,
): Promise<Candidates> {
  const { at, edge } = await edgeOf(tx, mark, retentionMs, ceiling)
  // by itself, and with values that the planner sees: it reads the index until it has enough
  const { rows: behind } = await tx.query<{ id: string }>(
    'SELECT id FROM orders WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3::int + 1',
    [mark.before, edge, limit],
  )
  const end = behind[limit]?.id ?? edge
  const fresh = behind.slice(0, limit).map(({ id }) => id)
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT id FROM orders WHERE id = ANY($1::uuid[]) AND (
      status NOT IN (${final}) OR updated_at >= $2 OR id = ANY($3::uuid[])
      OR (status = 'cancelled' AND EXISTS (
        SELECT FROM (VALUES ('stock.reserved', 'stock.released'), ('payment.succeeded', 'payment.refunded')) AS pair (done, undone)
        WHERE EXISTS (SELECT FROM timeline WHERE order_id = orders.id AND event = done)
          AND NOT EXISTS (SELECT FROM timeline WHERE order_id = orders.id AND event = undone))))
    ORDER BY id`,
    [[...mark.kept, ...fresh], at, ceiling.kept],
  )
  return { end, notDue: rows.map(({ id }) => id), fresh: fresh.length }
}

/** The time before which an order must have become final, and the first id that a mark must not pass therefore. */
async function edgeOf(tx: Tx, mark: Mark, retentionMs: number, ceiling: Mark): Promise<{ at: string; edge: string }> {
  const { rows } = await tx.query<{ at: string; edge: string }>(
    `
    SELECT at::text AS at, greatest($3::uuid, least($2::uuid,
      (lpad(to_hex((1000 * extract(epoch FROM at))::bigint), 12, '0') || repeat('0', 20))::uuid)) AS edge
    FROM (SELECT now() - make_interval(secs => $1::float8 / 1000) AS at) AS cut`,
    [retentionMs, ceiling.before, mark.before],
  )
  const [row] = rows
  if (!row) throw new Error('asking the database for the time: no answer')
  return row
}

export async function countKept(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ orders: number }>('SELECT cardinality(details_kept) AS orders FROM purge_marks')
  return rows[0]?.orders ?? 0
}

export async function pastTimelines(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT DISTINCT order_id AS id FROM timeline WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

export function deleteTimelines(tx: Tx, orderIds: readonly string[]): void {
  tx.change('DELETE FROM timeline WHERE order_id = ANY($1::uuid[])', [orderIds])
}

export async function pastOrders(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT id FROM orders WHERE id > $1 AND id < $2 AND id <> ALL($3::uuid[])
      AND status IN (${final})
    ORDER BY id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

export function deleteOrders(tx: Tx, orderIds: readonly string[]): void {
  deleteTimelines(tx, orderIds)
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change('DELETE FROM orders WHERE id = ANY($1::uuid[])', [orderIds])
}
