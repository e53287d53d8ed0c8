import type { Tx } from '@docket/chassis/database/database.ts'
import type { CancelRequest } from './goods.ts'

export interface OrderCancelRequest extends CancelRequest {
  orderId: string
}

/**
 * Keeps requests, and returns those that were not kept before. The insert is the claim; the caller has locked the
 * orders. A request whose order is not known yet waits for it.
 */
export async function claimRequests(
  tx: Tx,
  requests: readonly (OrderCancelRequest & { isDecided: boolean })[],
): Promise<Set<string>> {
  const { rows } = await tx.query<{ requestId: string }>(
    `
    INSERT INTO withdrawals (request_id, order_id, lines, decided_at)
    SELECT request_id, order_id, lines, CASE WHEN is_decided THEN now() END
    FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::boolean[]) AS request (request_id, order_id, lines, is_decided)
    ON CONFLICT DO NOTHING RETURNING request_id AS "requestId"`,
    [
      requests.map(r => r.requestId),
      requests.map(r => r.orderId),
      requests.map(r => JSON.stringify(r.lines)),
      requests.map(r => r.isDecided),
    ],
  )
  return new Set(rows.map(row => row.requestId))
}

/** The requests that overtook these orders, in the order in which they arrived; from now on they count as decided. */
export async function takeKeptRequests(
  tx: Tx,
  orderIds: readonly string[],
): Promise<Map<string, OrderCancelRequest[]>> {
  const { rows } = await tx.query<OrderCancelRequest>(
    `
    UPDATE withdrawals SET decided_at = now() WHERE order_id = ANY($1::uuid[]) AND decided_at IS NULL
    RETURNING request_id AS "requestId", order_id AS "orderId", lines`,
    [orderIds],
  )
  return Map.groupBy(
    rows.toSorted((a, b) => (a.requestId < b.requestId ? -1 : 1)), // ids ascend
    ({ orderId }) => orderId,
  )
}
