import type { Tx } from '@docket/chassis/database/database.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'

/** Orders that the release before shipped are only in `shipments`. */
export async function pastOrders(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT order_id AS id FROM (
      (SELECT order_id FROM orders WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
       ORDER BY order_id LIMIT $4)
      UNION
      (SELECT order_id FROM shipments WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
       ORDER BY order_id LIMIT $4)) AS past
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

export function deleteOrders(tx: Tx, orderIds: readonly string[]): void {
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change('DELETE FROM carrier_reports WHERE order_id = ANY($1::uuid[])', [orderIds])
  tx.change('DELETE FROM orders WHERE order_id = ANY($1::uuid[])', [orderIds]) // before the rest, of which it is the lock
  tx.change('DELETE FROM shipments WHERE order_id = ANY($1::uuid[])', [orderIds])
  tx.change('DELETE FROM withdrawals WHERE order_id = ANY($1::uuid[])', [orderIds])
  tx.change(
    `
    WITH gone AS (DELETE FROM returns WHERE order_id = ANY($1::uuid[]) RETURNING id)
    DELETE FROM return_lines USING gone WHERE return_id = gone.id`,
    [orderIds],
  )
  tx.change(
    `
    WITH gone AS (DELETE FROM parcels WHERE order_id = ANY($1::uuid[]) RETURNING id)
    DELETE FROM shipment_lines USING gone WHERE shipment_id = gone.id`,
    [orderIds],
  )
}
