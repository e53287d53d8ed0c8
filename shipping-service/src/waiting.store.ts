import type { Tx } from '@docket/chassis/database/database.ts'

export type Waiting = Record<'dispatch' | 'lateDispatch' | 'confirmation' | 'goods' | 'unknownShipment', number>

/** Each by a partial index: only what waits is read. */
export async function countWaiting(tx: Tx): Promise<Waiting> {
  const { rows } = await tx.query<Waiting>(`
    SELECT (SELECT count(*)::int FROM parcels WHERE status = 'open') AS dispatch,
      (SELECT count(*)::int FROM parcels WHERE status = 'open' AND late_at < now()) AS "lateDispatch",
      (SELECT count(*)::int FROM parcels WHERE NOT confirmed AND status IN ('undeliverable', 'lost')) AS confirmation,
      (SELECT count(*)::int FROM returns WHERE status = 'requested') AS goods,
      (SELECT count(*)::int FROM carrier_reports WHERE order_id IS NULL AND dismissed_at IS NULL) AS "unknownShipment"`)
  const [counts] = rows
  if (!counts) throw new Error('a SELECT without FROM has one row')
  return counts
}
