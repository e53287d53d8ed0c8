import type { Tx } from '@docket/chassis/database/database.ts'
import type { CancelRequest, NewCancelRequest } from './cancel-request.ts'

export function insertCancelRequest(tx: Tx, { orderId, id, lines, detail, requestedBy }: NewCancelRequest): void {
  tx.change('INSERT INTO cancel_requests (order_id, id, lines, detail, requested_by) VALUES ($1, $2, $3, $4, $5)', [
    orderId,
    id,
    JSON.stringify(lines),
    detail,
    requestedBy,
  ])
}

export type CancelAnswer = Pick<CancelRequest, 'orderId' | 'id'> & {
  [A in 'withdrawn' | 'refused']: NonNullable<CancelRequest[A]>
}

export function answerRequests(tx: Tx, answers: readonly CancelAnswer[]): void {
  tx.change(
    `
    UPDATE cancel_requests SET withdrawn = answer.withdrawn, refused = answer.refused, answered_at = now()
    FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::jsonb[]) AS answer (order_id, id, withdrawn, refused)
    WHERE cancel_requests.order_id = answer.order_id AND cancel_requests.id = answer.id AND answered_at IS NULL`,
    [
      answers.map(a => a.orderId),
      answers.map(a => a.id),
      answers.map(a => JSON.stringify(a.withdrawn)),
      answers.map(a => JSON.stringify(a.refused)),
    ],
  )
}

/** Of one order, the oldest first. */
export async function readCancelRequests(tx: Tx, orderId: string): Promise<CancelRequest[]> {
  const { rows } = await tx.query<CancelRequest>(
    `
    SELECT id, order_id AS "orderId", lines, detail, requested_by AS "requestedBy", requested_at AS "requestedAt",
      withdrawn, refused, answered_at AS "answeredAt"
    FROM cancel_requests WHERE order_id = $1 ORDER BY requested_at, id`,
    [orderId],
  )
  return rows
}
