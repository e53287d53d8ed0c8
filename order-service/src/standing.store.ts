import type { Tx } from '@docket/chassis/database/database.ts'
import { passages, type Standing, type StepName } from '@docket/contract/steps.ts'
import { stuckIf } from './order.store.ts'
import { final, open } from './statuses.store.ts'

/** Orders that stand alike. */
export interface StandingGroup extends Standing {
  orders: number
  stuck: number
  oldestSince: Date
  /** The orders that have made no progress for longest. */
  ids: string[]
}

export interface StandingGroups {
  groups: StandingGroup[]
  /** There are more orders, which were not counted. */
  isLimited: boolean
}

const needed = 'id, status, is_paid, has_lines, late_at, updated_at'

/** The conditions repeat those of partial indexes; no other order can wait for something. */
const waiting = (most: string) => `
  (SELECT ${needed} FROM orders WHERE status IN (${open}) AND late_at IS NULL ORDER BY id LIMIT ${most})
  UNION ALL (SELECT ${needed} FROM orders WHERE late_at IS NOT NULL ORDER BY late_at LIMIT ${most})
  UNION ALL (
    SELECT ${needed} FROM orders WHERE status IN (${final}) AND id IN (
      SELECT order_id FROM cancel_requests WHERE answered_at IS NULL
      UNION SELECT order_id FROM order_returns WHERE counted_at IS NULL
    ) LIMIT ${most})`

const countOf = (event: string) => `(
  (SELECT count(*) FROM timeline WHERE order_id = orders.id AND event = '${event}')
  + CASE WHEN has_lines THEN (SELECT count(*) FROM repeated_steps WHERE order_id = orders.id AND event = '${event}') ELSE 0 END)`

/**
 * The orders that wait for something, grouped by what `waitingFor` needs to know: as few rows as there are cases, however
 * many orders wait. Each group has the ids of `listed` orders. `except`: orders that are known better.
 */
export async function readStandings(
  tx: Tx,
  {
    most,
    listed,
    except,
    stuckAfterMs,
  }: { most: number; listed: number; except: readonly string[]; stuckAfterMs: number },
): Promise<StandingGroups> {
  const { rows } = await tx.query<Omit<StandingGroup, 'isRefused' | 'isAllGone'>>(
    `
    WITH standing AS (
      SELECT id, updated_at, ${stuckIf('$3')} AS is_stuck, status, is_paid,
        status = 'pending' AND EXISTS (SELECT FROM timeline WHERE order_id = orders.id AND event = 'stock.reserved') AS is_reserved,
        late_at IS NOT NULL AS is_manual,
        status = 'accepted' AND late_at IS NULL AND ${countOf('shipment.shipped')} > ${countOf('stock.committed')} AS is_in_transit,
        has_lines AND EXISTS (SELECT FROM cancel_requests WHERE order_id = orders.id AND answered_at IS NULL) AS has_open_request,
        has_lines AND EXISTS (SELECT FROM order_returns WHERE order_id = orders.id AND counted_at IS NULL) AS keeps_return
      FROM (${waiting('$1')}) AS orders WHERE NOT id = ANY($4::uuid[]))
    SELECT status, is_paid AS "isPaid", is_reserved AS "isReserved", is_manual AS "isManual", is_in_transit AS "isInTransit",
      has_open_request AS "hasOpenRequest", keeps_return AS "keepsReturn", count(*) AS orders,
      count(*) FILTER (WHERE is_stuck) AS stuck, min(updated_at) AS "oldestSince",
      (array_agg(id ORDER BY updated_at, id))[1:$2] AS ids
    FROM standing GROUP BY 1, 2, 3, 4, 5, 6, 7`,
    [most, listed, stuckAfterMs, except],
  )
  const counted = rows.reduce((sum, { orders }) => sum + orders, 0)
  // what ends an order is done in the transaction that notes it
  return { groups: rows.map(group => ({ ...group, isRefused: false, isAllGone: false })), isLimited: counted >= most }
}

export interface Passed {
  name: StepName
  orders: number
  p50Ms: number
  p95Ms: number
}

export interface Pace {
  /** Event types of order-events, and how many there were. */
  events: Map<string, number>
  steps: Passed[]
}

const ofRates: readonly string[] = ['created', 'completed', 'rejected', 'cancelled'].map(what => `order.${what}`)

/** How many orders passed each step in the last `seconds`, and how long that took them. */
export async function readPace(tx: Tx, seconds: number): Promise<Pace> {
  const { rows } = await tx.query<Passed & { event: string | null }>(
    `
    WITH recent AS (
      SELECT order_id, event, ref, at FROM timeline WHERE at > now() - make_interval(secs => $1)
      UNION ALL SELECT order_id, event, ref, at FROM repeated_steps WHERE at > now() - make_interval(secs => $1)
    ), passage AS (
      SELECT name, begins, ends, by_ref
      FROM jsonb_to_recordset($2) AS passage (name text, begins text[], ends text[], by_ref boolean)
    ), passed AS (
      SELECT DISTINCT ON (order_id, event, ref) name, extract(epoch FROM at - begun)::float8 * 1000 AS ms
      FROM recent JOIN passage ON event = ANY(ends) CROSS JOIN LATERAL (
        SELECT max(earlier.at) AS begun FROM (
          SELECT event, ref, at FROM timeline WHERE order_id = recent.order_id
          UNION ALL SELECT event, ref, at FROM repeated_steps WHERE order_id = recent.order_id
        ) AS earlier WHERE earlier.event = ANY(begins) AND (by_ref IS NOT TRUE OR earlier.ref = recent.ref)
      ) AS before
      WHERE begun IS NOT NULL
      ORDER BY order_id, event, ref, by_ref DESC NULLS LAST -- a shipment that waited for people was a handover
    )
    SELECT NULL AS event, name, count(*) AS orders, greatest(0, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)) AS "p50Ms",
      greatest(0, percentile_cont(0.95) WITHIN GROUP (ORDER BY ms)) AS "p95Ms"
    FROM passed GROUP BY name
    UNION ALL SELECT event, NULL, count(*), 0, 0 FROM recent WHERE event = ANY($3) GROUP BY event`,
    [seconds, JSON.stringify(passages.map(({ byRef, ...passage }) => ({ ...passage, by_ref: byRef }))), ofRates],
  )
  return {
    events: new Map(rows.flatMap(({ event, orders }) => (event === null ? [] : [[event, orders]]))),
    steps: rows.flatMap(({ event, ...passed }) => (event === null ? [passed] : [])),
  }
}
