import type { Tx } from '@docket/chassis/database/database.ts'
import type { Item } from './item.ts'

export type ItemRow = Item & { version: number }

/** Stock at all locations together. What was moved from one to another is received once. */
const columns = `
  sku, name, unit_price AS "unitPrice", currency, version,
  items.available + coalesce(elsewhere.available, 0) AS available, items.reserved + coalesce(elsewhere.reserved, 0) AS reserved,
  items.shipped + coalesce(elsewhere.shipped, 0) AS shipped, items.scrapped + coalesce(elsewhere.scrapped, 0) AS scrapped,
  items.lost + coalesce(elsewhere.lost, 0) AS lost,
  items.received + items.scrapped + coalesce(elsewhere.available + elsewhere.reserved + elsewhere.shipped + elsewhere.scrapped, 0) AS received`

const elsewhere = `
  LEFT JOIN LATERAL (
    SELECT sum(available)::int AS available, sum(reserved)::int AS reserved, sum(shipped)::int AS shipped,
      sum(scrapped)::int AS scrapped, sum(lost)::int AS lost
    FROM stock_elsewhere WHERE stock_elsewhere.sku = items.sku) AS elsewhere ON true`

/** Keeps a new item; undefined when the sku exists. */
export async function insertItem(
  tx: Tx,
  item: Pick<Item, 'sku' | 'name' | 'unitPrice' | 'currency'> & { quantity: number },
): Promise<ItemRow | undefined> {
  const { rows } = await tx.query<ItemRow>(
    `
    WITH new AS (
      INSERT INTO items (sku, name, unit_price, currency, received, available) VALUES ($1, $2, $3, $4, $5, $5)
      ON CONFLICT DO NOTHING RETURNING *)
    SELECT ${columns} FROM new AS items ${elsewhere}`,
    [item.sku, item.name, item.unitPrice, item.currency, item.quantity],
  )
  if (rows[0]) await recordMovement(tx, item.sku, 'received', item.quantity, null)
  return rows[0]
}

export async function updateItem(
  tx: Tx,
  sku: string,
  change: { name?: string | undefined; unitPrice?: number | undefined },
): Promise<ItemRow | undefined> {
  const { rows } = await tx.query<ItemRow>(
    `
    WITH changed AS (
      UPDATE items SET name = coalesce($2, name), unit_price = coalesce($3::bigint, unit_price), version = version + 1, updated_at = now()
      WHERE sku = $1 RETURNING *)
    SELECT ${columns} FROM changed AS items ${elsewhere}`,
    [sku, change.name ?? null, change.unitPrice ?? null],
  )
  return rows[0]
}

/** Its stock at `main`, and the lock of its stock everywhere. */
export async function lockItem(tx: Tx, sku: string): Promise<Pick<Item, 'available' | 'received'> | undefined> {
  const { rows } = await tx.query<Pick<Item, 'available' | 'received'>>(
    'SELECT available, received FROM items WHERE sku = $1 FOR UPDATE',
    [sku],
  )
  return rows[0]
}

/** The caller has locked the item and checked the rule, so the update needs no condition. */
export async function adjustItem(tx: Tx, sku: string, delta: number, reason: string): Promise<ItemRow> {
  const { rows } = await tx.query<ItemRow>(
    `
    WITH changed AS (
      UPDATE items SET received = received + $2::int, available = available + $2::int, version = version + 1, updated_at = now()
      WHERE sku = $1 RETURNING *)
    SELECT ${columns} FROM changed AS items ${elsewhere}`,
    [sku, delta],
  )
  await recordMovement(tx, sku, 'adjusted', delta, reason)
  const [row] = rows
  if (!row) throw new Error(`item ${sku} was locked, then gone`)
  return row
}

async function recordMovement(
  tx: Tx,
  sku: string,
  kind: 'received' | 'adjusted',
  available: number,
  reason: string | null,
): Promise<void> {
  await tx.query('INSERT INTO movements (sku, kind, available, reason) VALUES ($1, $2, $3, $4)', [
    sku,
    kind,
    available,
    reason,
  ])
}

export async function findItem(tx: Tx, sku: string): Promise<ItemRow | undefined> {
  const { rows } = await tx.query<ItemRow>(`SELECT ${columns} FROM items ${elsewhere} WHERE sku = $1`, [sku])
  return rows[0]
}

export interface ItemFilter {
  search?: string | undefined
  below?: number | undefined
  after?: string | undefined
  limit: number
}

export async function listItems(tx: Tx, { search, below, after, limit }: ItemFilter): Promise<ItemRow[]> {
  const { rows } = await tx.query<ItemRow>(
    `
    SELECT ${columns} FROM items ${elsewhere}
    WHERE ($1::text IS NULL OR strpos(lower(sku || ' ' || name), lower($1)) > 0)
      AND ($2::int IS NULL OR items.available + coalesce(elsewhere.available, 0) < $2) AND ($3::text IS NULL OR sku > $3)
    ORDER BY sku LIMIT $4`,
    [search ?? null, below ?? null, after ?? null, limit],
  )
  return rows
}
