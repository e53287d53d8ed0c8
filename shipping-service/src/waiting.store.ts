import type { Tx } from '@docket/chassis/database/database.ts'

export type Waiting = Record<'dispatch' | 'late_dispatch' | 'confirmation' | 'goods' | 'unknown_shipment', number>

/** Each by a partial index: a scrape reads only what waits. */
export async function countWaiting(tx: Tx): Promise<Waiting> {
  const { rows } = await tx.query<Waiting>(`
    SELECT (SELECT count(*)::int FROM parcels WHERE status = 'open') AS dispatch,
      (SELECT count(*)::int FROM parcels WHERE status = 'open' AND late_at < now()) AS late_dispatch,
      (SELECT count(*)::int FROM parcels WHERE NOT confirmed AND status IN ('undeliverable', 'lost')) AS confirmation,
      (SELECT count(*)::int FROM returns WHERE status = 'requested') AS goods,
      (SELECT count(*)::int FROM carrier_reports WHERE order_id IS NULL) AS unknown_shipment`)
  const [counts] = rows
  if (!counts) throw new Error('a SELECT without FROM has one row')
  return counts
}
