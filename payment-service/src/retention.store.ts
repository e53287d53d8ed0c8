import type { Tx } from '@docket/chassis/database/database.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'

/**
 * Payments that retention has passed. One that is not final, or owes a refund, is kept, and so is one that became final within a day,
 * because the relay may still hold its event.
 */
export async function pastPayments(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT order_id AS id FROM payments
    WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
      AND status IN ('succeeded', 'failed', 'refunded', 'void') AND updated_at < now() - interval '1 day'
      AND NOT EXISTS (SELECT FROM refunds WHERE refunds.order_id = payments.order_id AND refunds.status IN ('due', 'failed'))
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Deletes payments with their refunds and attempts. Their keys are kept: by them, reconciliation recognizes charges in the
 * provider's ledger, which is kept for longer.
 */
export function deletePayments(tx: Tx, orderIds: readonly string[]): void {
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change(
    'DELETE FROM attempts WHERE payment_id = ANY(ARRAY(SELECT id FROM payments WHERE order_id = ANY($1::uuid[])))',
    [orderIds],
  )
  tx.change(
    `
    WITH deleted AS (
      DELETE FROM payments WHERE order_id = ANY($1::uuid[]) AND updated_at < now() - interval '1 day' RETURNING id) -- not one that is being refunded
    UPDATE purge_marks SET newest_payment = greatest(newest_payment, (SELECT id FROM deleted ORDER BY id DESC LIMIT 1))`,
    [orderIds],
  )
  tx.change(
    `
    DELETE FROM refunds WHERE order_id = ANY($1::uuid[]) AND NOT EXISTS (SELECT FROM payments WHERE payments.order_id = refunds.order_id)`,
    [orderIds],
  )
}

/**
 * Deletes those of the next attempts that are older than 90 days and belong to final payments. Returns the id of the
 * last one, or undefined when younger ones follow, because ids ascend with time.
 */
export async function deleteOldAttempts(tx: Tx, after: number, limit = 1_000): Promise<number | undefined> {
  const { rows } = await tx.query<{ last: number | null }>(
    `
    WITH next AS (SELECT id, payment_id, at < now() - interval '90 days' AS old FROM attempts WHERE id > $1 ORDER BY id LIMIT $2),
         deleted AS (
           DELETE FROM attempts USING next JOIN payments ON payments.id = next.payment_id
           WHERE attempts.id = next.id AND old AND payments.status NOT IN ('charging', 'refunding'))
    SELECT max(id) FILTER (WHERE (SELECT bool_and(old) FROM next)) AS last FROM next`,
    [after, limit],
  )
  return rows[0]?.last ?? undefined
}
