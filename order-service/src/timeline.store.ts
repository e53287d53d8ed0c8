import type { Tx } from '@docket/chassis/database/database.ts'
import type { TimelineEntry } from './timeline.ts'

export interface TimelineLine {
  orderId: string
  event: string
  service: string
  detail?: string | undefined
  /** Undefined: now, by the database's clock. */
  at?: string | undefined
}

const writing = `
  INSERT INTO timeline (order_id, event, service, detail, at)
  SELECT order_id, event, service, detail, coalesce(at, now())
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS line (order_id, event, service, detail, at)
  ON CONFLICT DO NOTHING`

const columnsOf = (lines: readonly TimelineLine[]) => [
  lines.map(l => l.orderId),
  lines.map(l => l.event),
  lines.map(l => l.service),
  lines.map(l => l.detail ?? null),
  lines.map(l => l.at ?? null),
]

export function writeTimeline(tx: Tx, lines: readonly TimelineLine[]): void {
  if (lines.length > 0) tx.change(writing, columnsOf(lines))
}

export function writeProgress(tx: Tx, lines: readonly TimelineLine[]): void {
  tx.change(
    `
    WITH noted AS (${writing} RETURNING order_id)
    UPDATE orders SET updated_at = now() WHERE id IN (SELECT order_id FROM noted)`,
    columnsOf(lines),
  )
}

export type PositionedEntry = TimelineEntry & { orderId: string; position: number }

/** In the order in which we learned of them, since clocks of services differ; each after `since` (0: all). */
export async function readTimelines(
  tx: Tx,
  orders: readonly { id: string; since: number }[],
): Promise<PositionedEntry[]> {
  const { rows } = await tx.query<{
    orderId: string
    position: number
    at: Date
    event: string
    service: string
    detail: string | null
  }>(
    `
    SELECT order_id AS "orderId", position, at, event, service, detail
    FROM unnest($1::uuid[], $2::bigint[]) AS wanted (id, since) JOIN timeline ON order_id = wanted.id AND position > wanted.since
    ORDER BY position`,
    [orders.map(o => o.id), orders.map(o => o.since)],
  )
  return rows.map(({ detail, at, ...row }) => ({ ...row, at: at.toISOString(), ...(detail !== null && { detail }) }))
}
