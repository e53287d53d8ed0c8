import type { Tx } from '@docket/chassis/database/database.ts'
import type { PurgeRange } from '@docket/chassis/purge.ts'

export async function pastShipments(tx: Tx, { mark, after, limit }: PurgeRange): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT order_id AS id FROM shipments WHERE order_id > $1 AND order_id < $2 AND order_id <> ALL($3::uuid[])
    ORDER BY order_id LIMIT $4`,
    [after, mark.before, mark.kept, limit],
  )
  return rows.map(({ id }) => id)
}

export function deleteShipments(tx: Tx, orderIds: readonly string[]): void {
  tx.change('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [orderIds])
  tx.change('DELETE FROM shipments WHERE order_id = ANY($1::uuid[])', [orderIds])
}
