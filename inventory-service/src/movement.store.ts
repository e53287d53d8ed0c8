import type { Tx } from '@docket/chassis/database/database.ts'
import type { MovementKind } from '@docket/contract/terms.ts'

export interface MovementRow {
  id: number
  sku: string
  kind: MovementKind
  location: string
  available: number
  reserved: number
  shipped: number
  scrapped: number
  lost: number
  moved: number
  orderId: string | null
  ref: string | null
  reason: string | null
  at: Date
}

export interface MovementFilter {
  sku: string
  kind?: MovementKind | undefined
  order?: string | undefined
  location?: string | undefined
  since?: string | undefined
  until?: string | undefined
  before?: number | undefined
  limit: number
}

export async function listMovements(tx: Tx, filter: MovementFilter): Promise<MovementRow[]> {
  const { rows } = await tx.query<MovementRow>(
    `
    SELECT id, sku, coalesce(return_kind, kind) AS kind, location, available, reserved, shipped, scrapped, lost, moved,
      order_id AS "orderId", ref, reason, at
    FROM movements
    WHERE sku = $1 AND ($2::text IS NULL OR coalesce(return_kind, kind) = $2) AND ($3::uuid IS NULL OR order_id = $3)
      AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)
      AND ($6::bigint IS NULL OR id < $6) AND ($7::text IS NULL OR location = $7)
    ORDER BY id DESC LIMIT $8`,
    [
      filter.sku,
      filter.kind ?? null,
      filter.order ?? null,
      filter.since ?? null,
      filter.until ?? null,
      filter.before ?? null,
      filter.location ?? null,
      filter.limit,
    ],
  )
  return rows
}
