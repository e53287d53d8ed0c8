import type { Tx } from '@docket/chassis/database/database.ts'
import type { Mark } from '@docket/chassis/messaging/purge-marks.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'

/** What is found at a mark and behind it. */
export interface Candidates {
  /** The first id that is not among them. */
  end: string
  /** Those that the mark must keep, in ascending order. */
  notDue: string[]
  /** How many were not past the mark before. */
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
  const { rows } = await tx.query<Candidates>(
    `
    WITH cut AS (
           SELECT now() - make_interval(secs => $1::float8 / 1000) AS at),
         edge AS (
           SELECT least($2::uuid, (lpad(to_hex((1000 * extract(epoch FROM at))::bigint), 12, '0') || repeat('0', 20))::uuid) AS id FROM cut),
         behind AS (
           SELECT orders.id, status, updated_at FROM orders, edge WHERE orders.id >= $3 AND orders.id < edge.id
           ORDER BY orders.id LIMIT $4 + 1),
         stop AS (
           SELECT coalesce((SELECT id FROM behind ORDER BY id OFFSET $4 LIMIT 1), greatest($3::uuid, edge.id)) AS id FROM edge),
         looked_at AS (
           SELECT behind.* FROM behind, stop WHERE behind.id < stop.id
           UNION ALL SELECT id, status, updated_at FROM orders WHERE id = ANY($5::uuid[]))
    SELECT stop.id AS end, (SELECT count(*) FROM behind WHERE behind.id < stop.id) AS fresh,
      ARRAY(
        SELECT looked_at.id FROM looked_at, cut
        WHERE status NOT IN ('completed', 'rejected', 'cancelled') OR updated_at >= cut.at OR looked_at.id = ANY($6::uuid[])
          OR (status = 'cancelled' AND EXISTS (
            SELECT FROM (VALUES ('stock.reserved', 'stock.released'), ('payment.succeeded', 'payment.refunded')) AS pair (done, undone)
            WHERE EXISTS (SELECT FROM timeline WHERE order_id = looked_at.id AND event = done)
              AND NOT EXISTS (SELECT FROM timeline WHERE order_id = looked_at.id AND event = undone)))
        ORDER BY looked_at.id) AS "notDue"
    FROM stop`,
    [retentionMs, ceiling.before, mark.before, limit, mark.kept, ceiling.kept],
  )
  const [row] = rows
  if (!row) throw new Error('looking for orders that retention has passed: no answer')
  return row
}

/** How many orders the mark for details keeps. */
export async function countKept(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ orders: number }>('SELECT cardinality(details_kept) AS orders FROM purge_marks')
  return rows[0]?.orders ?? 0
}

/** Orders that retention has passed and that have a timeline. */
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

/** Orders that retention has passed. */
export async function pastOrders(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT id FROM orders WHERE id > $1 AND id < $2 AND id <> ALL($3::uuid[])
      AND status IN ('completed', 'rejected', 'cancelled')
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
