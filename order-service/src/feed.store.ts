import type { Tx } from '@docket/chassis/database/database.ts'
import { isId } from '@docket/contract/mask.ts'

/** What a filter needs to know of an order; it never changes. */
export interface OrderFacts {
  customerId: string
  skus: ReadonlySet<string>
}

export async function readOrderFacts(tx: Tx, ids: readonly string[]): Promise<Map<string, OrderFacts>> {
  const { rows } = await tx.query<{ id: string; customerId: string; skus: string[] }>(
    `
    SELECT id, customer_id AS "customerId", ARRAY(SELECT line ->> 'sku' FROM jsonb_array_elements(lines) AS line) AS skus
    FROM orders WHERE id = ANY($1::uuid[])`,
    [ids.filter(isId)],
  )
  return new Map(rows.map(({ id, customerId, skus }) => [id, { customerId, skus: new Set(skus) }]))
}
