import type { Tx } from '@docket/chassis/database/database.ts'
import type { MovementKind } from '@docket/contract/terms.ts'

export interface MovementRow {
  id: number
  sku: string
  kind: MovementKind
  available: number
  reserved: number
  shipped: number
  orderId: string | null
  reason: string | null
  at: Date
}

export interface MovementFilter {
  sku: string
  kind?: MovementKind | undefined
  order?: string | undefined
  since?: string | undefined
  until?: string | undefined
  before?: number | undefined
  limit: number
}

export async function listMovements(tx: Tx, filter: MovementFilter): Promise<MovementRow[]> {
  const { rows } = await tx.query<MovementRow>(
    `
    SELECT id, sku, kind, available, reserved, shipped, order_id AS "orderId", reason, at FROM movements
    WHERE sku = $1 AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR order_id = $3)
      AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
      AND ($6::bigint IS NULL OR id < $6)
    ORDER BY id DESC LIMIT $7`,
    [
      filter.sku,
      filter.kind ?? null,
      filter.order ?? null,
      filter.since ?? null,
      filter.until ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  )
  return rows
}
