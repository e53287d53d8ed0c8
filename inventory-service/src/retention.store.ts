import type { Tx } from '@docket/chassis/database/database.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'

/** Claims of orders that retention has passed; one that still holds stock is kept, so that the stock can go back. */
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

/** Deletes claims. Which reservations had left the house is not known without them: the sum is kept. */
export function deleteClaims(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    INSERT INTO purged_stock (sku, committed)
    SELECT sku, sum(quantity) FROM reservations JOIN claims USING (order_id)
    WHERE order_id = ANY($1::uuid[]) AND status = 'committed' GROUP BY sku
    ON CONFLICT (sku) DO UPDATE SET committed = purged_stock.committed + excluded.committed`,
    [orderIds],
  )
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change('DELETE FROM claims WHERE order_id = ANY($1::uuid[])', [orderIds])
}

export async function pastReservations(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT DISTINCT order_id AS id FROM reservations WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
      AND NOT EXISTS (SELECT FROM claims WHERE claims.order_id = reservations.order_id)
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

export function deleteReservations(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    WITH deleted AS (
      DELETE FROM movements WHERE order_id = ANY($1::uuid[]) RETURNING sku, available, reserved, shipped)
    INSERT INTO purged_stock (sku, available, reserved, shipped)
    SELECT sku, sum(available), sum(reserved), sum(shipped) FROM deleted GROUP BY sku
    ON CONFLICT (sku) DO UPDATE SET available = purged_stock.available + excluded.available,
      reserved = purged_stock.reserved + excluded.reserved, shipped = purged_stock.shipped + excluded.shipped`,
    [orderIds],
  )
  tx.change('DELETE FROM reservations WHERE order_id = ANY($1::uuid[])', [orderIds])
}
