import type { Tx } from '@docket/chassis/database/database.ts'
import type { Mark } from '@docket/chassis/messaging/purge-marks.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'
import type { EventType } from '@docket/contract/event.ts'
import { final, literals } from './statuses.store.ts'

export interface Candidates {
  end: string
  notDue: string[]
  fresh: number
}

const steps = ['timeline', 'repeated_steps']
  .map(table => `SELECT event, ref FROM ${table} WHERE order_id = orders.id`)
  .join(' UNION ALL ')

/** Whether one of the first steps has happened, and none of the second with the same reference. */
const awaits = (first: readonly EventType[], second: readonly EventType[]) =>
  `EXISTS (SELECT FROM (${steps}) AS step WHERE event IN (${literals(first)})
    AND ref NOT IN (SELECT ref FROM (${steps}) AS later WHERE event IN (${literals(second)})))`

/**
 * Reads the orders that a mark keeps, and the next `limit` behind it that are older than `retentionMs` and before
 * `ceiling`; each of `ceiling.kept` is kept too. An order is due when it has been final and quiet for `retentionMs`,
 * everything that its cancellation undoes has been undone, its requests are answered, its returns have come, and its
 * refunds were given: until then, events about that must still be handled.
 */
export async function candidates(
  tx: Tx,
  mark: Mark,
  retentionMs: number,
  ceiling: Mark,
  limit: number,
): Promise<Candidates> {
  const { at, edge } = await edgeOf(tx, mark, retentionMs, ceiling)
  // a query of its own, with values that the planner sees, so that it stops reading the index when it has enough
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
          AND NOT EXISTS (SELECT FROM timeline WHERE order_id = orders.id AND event = undone)))
      OR EXISTS (SELECT FROM cancel_requests WHERE order_id = orders.id AND answered_at IS NULL)
      OR EXISTS (SELECT FROM order_returns WHERE order_id = orders.id AND counted_at IS NULL)
      OR ${awaits(['return.requested'], ['return.received', 'return.cancelled'])}
      OR ${awaits(['order.lines_cancelled', 'order.lines_returned'], ['payment.refunded'])})
    ORDER BY id`,
    [[...mark.kept, ...fresh], at, ceiling.kept],
  )
  return { end, notDue: rows.map(({ id }) => id), fresh: fresh.length }
}

/** The time before which an order must have become final, and the first id that a mark therefore must not pass. */
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
  deleteFrom(tx, ['timeline', 'repeated_steps'], orderIds)
}

function deleteFrom(tx: Tx, tables: readonly string[], orderIds: readonly string[]): void {
  for (const table of tables) tx.change(`DELETE FROM ${table} WHERE order_id = ANY($1::uuid[])`, [orderIds])
}

const tablesOfLines = ['order_lines', 'counted_shipments', 'order_returns', 'cancel_requests', 'manual_shipments']

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
  deleteFrom(tx, tablesOfLines, orderIds)
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change('DELETE FROM orders WHERE id = ANY($1::uuid[])', [orderIds])
}
