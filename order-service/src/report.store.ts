import type { Report } from '@docket/chassis/database/database.ts'

/** Orders by the time in their ids: `from` is the first, `before` the first that counts no more. */
interface Span {
  from: string
  before: string | undefined
}

type SalesBy = 'day' | 'sku' | 'customer'

interface SalesRow {
  key: string
  currency: string
  orders: number
  pieces: number
  gross: number
  cancelled: number
  returned: number
  net: number
}

const keyOf: Record<SalesBy, string> = {
  day: `to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  sku: 'sku',
  customer: 'customer_id::text',
}

/**
 * Orders that were accepted, also those that were cancelled later. Lines have rows of their own once they differ from
 * the order's.
 */
export const readSales = (report: Report, by: SalesBy, { from, before }: Span) =>
  report<SalesRow>(
    `
    WITH line AS (
      SELECT id, created_at, customer_id, currency, sku, quantity, order_lines.unit_price AS price, cancelled, returned
      FROM orders JOIN order_lines ON order_id = id
      WHERE id >= $1 AND ($2::uuid IS NULL OR id < $2) AND has_lines
      UNION ALL
      SELECT id, created_at, customer_id, currency, sku, quantity, "unitPrice", 0, 0
      FROM orders, jsonb_to_recordset(lines) AS line (sku text, quantity int, "unitPrice" bigint)
      WHERE id >= $1 AND ($2::uuid IS NULL OR id < $2) AND NOT has_lines AND status IN ('accepted', 'completed'))
    SELECT ${keyOf[by]} AS key, currency, count(DISTINCT id) AS orders, sum(quantity)::bigint AS pieces,
      sum(quantity * price)::bigint AS gross, sum(cancelled * price)::bigint AS cancelled,
      sum(returned * price)::bigint AS returned, sum((quantity - cancelled - returned) * price)::bigint AS net
    FROM line GROUP BY 1, 2 ORDER BY ${by === 'day' ? '1' : 'net DESC, 1'}, 2`,
    [from, before ?? null],
  )

interface LeadTimeRow {
  step: string
  orders: number
  p50: number
  p95: number
  longest: number
}

const steps = ['stock.reserved', 'payment.succeeded', 'order.accepted', 'shipment.shipped', 'order.completed']

/** Timelines are deleted some time after the end of an order: docs/retention.md. */
export const readLeadTimes = (report: Report, { from, before }: Span) =>
  report<LeadTimeRow>(
    `
    SELECT event AS step, count(*) AS orders, percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY took) AS p95, max(took) AS longest
    FROM (
      SELECT event, greatest(0, extract(epoch FROM at - created_at))::float8 AS took
      FROM orders JOIN timeline ON order_id = id
      WHERE id >= $1 AND ($2::uuid IS NULL OR id < $2) AND event = ANY($3::text[])) AS step
    GROUP BY event ORDER BY array_position($3::text[], event)`,
    [from, before ?? null, steps],
  )

interface ReasonRow {
  status: 'rejected' | 'cancelled'
  reason: string
  currency: string
  orders: number
  total: number
}

/** Without the tombstones of orders that never existed. */
export const readReasons = (report: Report, { from, before }: Span) =>
  report<ReasonRow>(
    `
    SELECT status, reason, currency, count(*) AS orders, sum(total)::bigint AS total FROM orders
    WHERE id >= $1 AND ($2::uuid IS NULL OR id < $2) AND status IN ('rejected', 'cancelled') AND reason <> 'unknown_order'
    GROUP BY 1, 2, 3 ORDER BY orders DESC, 1, 2, 3`,
    [from, before ?? null],
  )
