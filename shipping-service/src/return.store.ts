import type { Tx } from '@docket/chassis/database/database.ts'
import type { GoodsCondition, ReturnKind, ReturnStatus } from '@docket/contract/terms.ts'

export interface StoredReturn {
  id: string
  orderId: string
  shipmentId: string
  kind: ReturnKind
  status: ReturnStatus
  lines: { sku: string; quantity: number; condition?: GoodsCondition }[]
  lostIn: string | null
  location: string | null
  detail: string | null
  createdAt: Date
  endedAt: Date | null
  customerId: string | null
}

const columns = `returns.id, order_id AS "orderId", shipment_id AS "shipmentId", kind, status, lost_in AS "lostIn", location,
  detail, created_at AS "createdAt", ended_at AS "endedAt", customer_id AS "customerId",
  (SELECT json_agg(json_strip_nulls(json_build_object(
     'sku', sku, 'quantity', quantity, 'condition', nullif(condition, ''))) ORDER BY sku, condition)
   FROM return_lines WHERE return_id = returns.id) AS lines`

export async function findReturn(tx: Tx, id: string): Promise<StoredReturn | undefined> {
  const { rows } = await tx.query<StoredReturn>(
    `SELECT ${columns} FROM returns JOIN orders USING (order_id) WHERE returns.id = $1`,
    [id],
  )
  return rows[0]
}

export interface ReturnFilter {
  order?: string | undefined
  status?: ReturnStatus | undefined
  kind?: ReturnKind | undefined
  from: string
  before?: string | undefined
  /** The last of the page before. */
  after?: { orderId: string; id: string } | undefined
  limit: number
}

export async function listReturns(tx: Tx, filter: ReturnFilter): Promise<StoredReturn[]> {
  const { rows } = await tx.query<StoredReturn>(
    `
    SELECT ${columns} FROM returns JOIN orders USING (order_id)
    WHERE order_id >= $1 AND ($2::uuid IS NULL OR order_id < $2) AND ($3::uuid IS NULL OR order_id = $3)
      AND ($4::text IS NULL OR status = $4) AND ($5::text IS NULL OR kind = $5)
      AND ($6::uuid IS NULL OR (order_id, returns.id) < ($6, $7::uuid))
    ORDER BY order_id DESC, returns.id DESC LIMIT $8`,
    [
      filter.from,
      filter.before ?? null,
      filter.order ?? null,
      filter.status ?? null,
      filter.kind ?? null,
      filter.after?.orderId ?? null,
      filter.after?.id ?? null,
      filter.limit,
    ],
  )
  return rows
}
