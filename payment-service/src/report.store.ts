import type { Report } from '@docket/chassis/database/database.ts'

interface MoneyRow {
  currency: string
  captured: number
  refunded: number
  owed: number
  goodwill: number
  kept: number
}

/**
 * Refunds are counted from when they are decided. A later refund of the same order gives at most what is left, so what
 * it falls short of its price was goodwill that is no longer given; and none is given of an order that ended.
 */
export const readMoney = (report: Report, { from, before }: { from: string; before: string | undefined }) =>
  report<MoneyRow>(
    `
    WITH payment AS (
      SELECT order_id, currency, amount, status = 'succeeded' AS keeps, coalesce(refund.decided, 0) AS decided,
        coalesce(refund.given, 0) AS given, coalesce(refund.goodwill, 0) AS goodwill
      FROM payments LEFT JOIN LATERAL (
        SELECT sum(amount) AS decided, sum(amount) FILTER (WHERE status IN ('given', 'by_hand')) AS given,
          sum(CASE WHEN reason = 'goodwill' THEN amount ELSE amount - requested END) AS goodwill
        FROM refunds WHERE refunds.order_id = payments.order_id) AS refund ON true
      WHERE order_id >= $1 AND ($2::uuid IS NULL OR order_id < $2) AND status IN ('succeeded', 'refunding', 'refunded')),
    money AS (
      SELECT currency, amount AS captured, CASE WHEN keeps THEN amount - decided ELSE 0 END AS kept, keeps, goodwill,
        CASE WHEN decided = 0 AND NOT keeps THEN amount ELSE given END AS given FROM payment)
    SELECT currency, sum(captured)::bigint AS captured, sum(given)::bigint AS refunded,
      sum(captured - kept - given)::bigint AS owed, coalesce(sum(goodwill) FILTER (WHERE keeps), 0)::bigint AS goodwill,
      sum(kept)::bigint AS kept
    FROM money GROUP BY currency ORDER BY currency`,
    [from, before ?? null],
  )
