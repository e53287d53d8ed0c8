import type { Tx } from '@docket/chassis/database/database.ts'
import type { EventOf } from '@docket/contract/event.ts'
import type { CatalogueItem } from './pricing.ts'

export async function saveItems(tx: Tx, events: readonly EventOf<'item.created' | 'item.updated'>[]): Promise<void> {
  const newest = new Map<string, EventOf<'item.created' | 'item.updated'>>()
  for (const event of events) if ((newest.get(event.key)?.sequence ?? 0) < event.sequence) newest.set(event.key, event)
  const items = [...newest.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) // unsorted, two replicas deadlock
  await tx.query(
    `
    INSERT INTO catalogue (sku, name, unit_price, currency, version)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::int[])
    ON CONFLICT (sku) DO UPDATE SET name = excluded.name, unit_price = excluded.unit_price, currency = excluded.currency, version = excluded.version
    WHERE catalogue.version < excluded.version`,
    [
      items.map(i => i.key),
      items.map(i => i.data.name),
      items.map(i => i.data.unitPrice),
      items.map(i => i.data.currency),
      items.map(i => i.sequence),
    ],
  )
}

export async function findItems(tx: Tx, skus: readonly string[]): Promise<Map<string, CatalogueItem>> {
  const { rows } = await tx.query<CatalogueItem>(
    'SELECT sku, name, unit_price AS "unitPrice", currency FROM catalogue WHERE sku = ANY($1::text[])',
    [skus],
  )
  return new Map(rows.map(row => [row.sku, row]))
}
