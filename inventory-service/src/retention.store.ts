import type { Tx } from '@docket/chassis/database/database.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'

/**
 * Claims of orders that retention has passed. One that still holds stock is kept, so that the stock can be released.
 */
export async function pastClaims(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT order_id AS id FROM claims WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
      AND status IN ('rejected', 'released', 'committed', 'void')
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

/** Deletes claims. Without them it is not known which reservations were shipped, so the sum is kept. */
export function deleteClaims(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    INSERT INTO purged_stock (sku, committed)
    SELECT sku, sum(quantity) FROM reservations JOIN claims USING (order_id)
    WHERE order_id = ANY($1::uuid[]) AND status = 'committed' GROUP BY sku
    ON CONFLICT (sku) DO UPDATE SET committed = purged_stock.committed + excluded.committed`,
    [orderIds],
  )
  tx.change('DELETE FROM counted WHERE order_id = ANY($1::uuid[])', [orderIds])
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change('DELETE FROM claims WHERE order_id = ANY($1::uuid[])', [orderIds])
}

/** Every order that got stock has movements; what it held may be gone. */
export async function pastMovements(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT DISTINCT order_id AS id FROM movements WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
      AND NOT EXISTS (SELECT FROM claims WHERE claims.order_id = movements.order_id)
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

/** The sums of an item stay right, because what the movements added up to is kept. */
export function deleteMovements(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    WITH deleted AS (
      DELETE FROM movements WHERE order_id = ANY($1::uuid[])
      RETURNING sku, location, available, reserved, shipped, scrapped, lost, moved),
    summed AS (
      SELECT sku, location, sum(available) AS available, sum(reserved) AS reserved, sum(shipped) AS shipped,
        sum(scrapped) AS scrapped, sum(lost) AS lost, sum(moved) AS moved
      FROM deleted GROUP BY sku, location),
    kept_elsewhere AS (
      INSERT INTO purged_stock_elsewhere AS kept (sku, location, available, reserved, shipped, scrapped, lost, moved)
      SELECT * FROM summed WHERE location <> 'main'
      ON CONFLICT (sku, location) DO UPDATE SET available = kept.available + excluded.available,
        reserved = kept.reserved + excluded.reserved, shipped = kept.shipped + excluded.shipped,
        scrapped = kept.scrapped + excluded.scrapped, lost = kept.lost + excluded.lost, moved = kept.moved + excluded.moved)
    INSERT INTO purged_stock AS kept (sku, available, reserved, shipped, scrapped, lost, moved)
    SELECT sku, available, reserved, shipped, scrapped, lost, moved FROM summed WHERE location = 'main'
    ON CONFLICT (sku) DO UPDATE SET available = kept.available + excluded.available,
      reserved = kept.reserved + excluded.reserved, shipped = kept.shipped + excluded.shipped,
      scrapped = kept.scrapped + excluded.scrapped, lost = kept.lost + excluded.lost, moved = kept.moved + excluded.moved`,
    [orderIds],
  )
  tx.change('DELETE FROM reservations WHERE order_id = ANY($1::uuid[])', [orderIds])
  tx.change('DELETE FROM reservations_elsewhere WHERE order_id = ANY($1::uuid[])', [orderIds])
}
