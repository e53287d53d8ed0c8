import type { Tx } from '@docket/chassis/database/database.ts'
import type { TimelineEntry } from './timeline.ts'

export interface TimelineLine {
  orderId: string
  event: string
  service: string
  detail?: string | undefined
  /** Undefined: now, by the database's clock. */
  at?: string | undefined
  ref?: string | undefined
  /** The order may have this event with another ref. */
  mayRepeat?: boolean | undefined
}

const line = `
  line AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
      AS line (order_id, event, service, detail, at, ref))`

const inserting = `
  INSERT INTO timeline (order_id, event, service, detail, at, ref)
  SELECT order_id, event, service, detail, coalesce(at, now()), ref FROM line ON CONFLICT DO NOTHING`

const once = `${line}, first AS (${inserting} RETURNING order_id)`

// a step without a reference covers all: the release before writes none, and an order of its time has the event once
const repeatedly = `
  ${line}, first AS (${inserting} RETURNING order_id, event, ref), repeated AS (
    INSERT INTO repeated_steps (order_id, event, ref, service, detail, at)
    SELECT order_id, event, ref, service, detail, coalesce(at, now()) FROM line
    WHERE (order_id, event, ref) NOT IN (SELECT order_id, event, ref FROM first)
      AND NOT EXISTS (
        SELECT FROM timeline AS known
        WHERE known.order_id = line.order_id AND known.event = line.event AND known.ref IN (line.ref, ''))
    ON CONFLICT DO NOTHING RETURNING order_id)`

const mayRepeat = (lines: readonly TimelineLine[]) => lines.some(one => one.mayRepeat)

const columnsOf = (lines: readonly TimelineLine[]) => [
  lines.map(l => l.orderId),
  lines.map(l => l.event),
  lines.map(l => l.service),
  lines.map(l => l.detail ?? null),
  lines.map(l => l.at ?? null),
  lines.map(l => l.ref ?? ''),
]

export function writeTimeline(tx: Tx, lines: readonly TimelineLine[]): void {
  if (lines.length === 0) return
  tx.change(mayRepeat(lines) ? `WITH ${repeatedly} SELECT` : `WITH ${line} ${inserting}`, columnsOf(lines))
}

export function writeProgress(tx: Tx, lines: readonly TimelineLine[]): void {
  const noted = mayRepeat(lines)
    ? { ctes: repeatedly, ids: 'SELECT order_id FROM first UNION ALL SELECT order_id FROM repeated' }
    : { ctes: once, ids: 'SELECT order_id FROM first' }
  tx.change(`WITH ${noted.ctes} UPDATE orders SET updated_at = now() WHERE id IN (${noted.ids})`, columnsOf(lines))
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
    ref: string
  }>(
    `
    SELECT order_id AS "orderId", position, at, event, service, detail, ref
    FROM unnest($1::uuid[], $2::bigint[]) AS wanted (id, since) JOIN (
      SELECT order_id, position, at, event, service, detail, ref FROM timeline
      UNION ALL SELECT order_id, position, at, event, service, detail, ref FROM repeated_steps
    ) AS step ON order_id = wanted.id AND position > wanted.since
    ORDER BY position`,
    [orders.map(o => o.id), orders.map(o => o.since)],
  )
  return rows.map(({ detail, at, ref, ...row }) => ({
    ...row,
    at: at.toISOString(),
    ...(detail !== null && { detail }),
    ...(ref !== '' && ref !== row.orderId && { ref }),
  }))
}
