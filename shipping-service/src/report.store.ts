import type { Tx } from '@docket/chassis/database/database.ts'
import type { CarrierReport } from './carrier-report.ts'
import { nameInPaths } from './shipment.store.ts'

export interface NewReport {
  /** As in the path of its endpoint: harbour-post. */
  carrier: string
  id: string
  trackingNumber: string
  status: CarrierReport
  at: string
  detail?: string | undefined
}

/** Keeps a report; false when it was kept before. The insert is the claim. */
export async function claimReport(tx: Tx, report: NewReport): Promise<boolean> {
  const { rowCount } = await tx.query(
    `
    INSERT INTO carrier_reports (carrier, report_id, tracking_number, status, reported_at, detail)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING report_id`,
    [report.carrier, report.id, report.trackingNumber, report.status, report.at, report.detail ?? null],
  )
  return rowCount > 0
}

export interface MatchedReport {
  carrier: string
  id: string
  orderId: string
  shipmentId: string
  status: CarrierReport
  at: Date
  detail: string | null
}

/**
 * Locks reports that wait and whose shipment is known, in the order in which they arrived: one of them, or up to
 * `limit`. A report that another replica holds is left to it. The
 * condition is outside of the union, because with one inside PostgreSQL reads a whole table.
 */
export async function lockMatched(
  tx: Tx,
  { only, limit }: { only?: Pick<NewReport, 'carrier' | 'id'>; limit: number },
): Promise<MatchedReport[]> {
  const { rows } = await tx.query<MatchedReport>(
    `
    SELECT report.carrier, report_id AS id, shipment.order_id AS "orderId", shipment.id AS "shipmentId", status,
      reported_at AS at, detail
    FROM carrier_reports AS report JOIN (
      SELECT id, order_id, carrier, tracking_number, false AS adopted FROM parcels
      UNION ALL SELECT id, order_id, carrier, tracking_number, adopted FROM shipments) AS shipment
      ON NOT adopted AND shipment.tracking_number = report.tracking_number
        AND ${nameInPaths('shipment.carrier')} = report.carrier
    WHERE report.order_id IS NULL AND dismissed_at IS NULL AND ($1::text IS NULL OR (report.carrier, report_id) = ($1, $2))
    ORDER BY received_at LIMIT $3 FOR UPDATE OF report SKIP LOCKED`,
    [only?.carrier ?? null, only?.id ?? null, limit],
  )
  return rows
}

export function saveMatched(tx: Tx, reports: readonly MatchedReport[]): void {
  tx.change(
    `
    UPDATE carrier_reports SET order_id = matched.order_id
    FROM unnest($1::text[], $2::text[], $3::uuid[]) AS matched (carrier, report_id, order_id)
    WHERE (carrier_reports.carrier, carrier_reports.report_id) = (matched.carrier, matched.report_id)`,
    [reports.map(r => r.carrier), reports.map(r => r.id), reports.map(r => r.orderId)],
  )
}

export type WaitingReport = Omit<MatchedReport, 'orderId' | 'shipmentId'> & { trackingNumber: string; receivedAt: Date }

/** Those that have waited for longest come first. */
export async function waitingReports(tx: Tx, limit: number): Promise<WaitingReport[]> {
  const { rows } = await tx.query<WaitingReport>(
    `
    SELECT ${columns} FROM carrier_reports WHERE order_id IS NULL AND dismissed_at IS NULL
    ORDER BY received_at LIMIT $1`,
    [limit],
  )
  return rows
}

const columns = `carrier, report_id AS id, tracking_number AS "trackingNumber", status, reported_at AS at, detail,
  received_at AS "receivedAt"`

type DecidedReport = WaitingReport & { isApplied: boolean; isDismissed: boolean }

export async function lockReport(
  tx: Tx,
  { carrier, id }: Pick<NewReport, 'carrier' | 'id'>,
): Promise<DecidedReport | undefined> {
  const { rows } = await tx.query<DecidedReport>(
    `
    SELECT ${columns}, order_id IS NOT NULL AS "isApplied", dismissed_at IS NOT NULL AS "isDismissed"
    FROM carrier_reports WHERE (carrier, report_id) = ($1, $2) FOR UPDATE`,
    [carrier, id],
  )
  return rows[0]
}

export function markDismissed(tx: Tx, { carrier, id }: Pick<NewReport, 'carrier' | 'id'>): void {
  tx.change('UPDATE carrier_reports SET dismissed_at = now() WHERE (carrier, report_id) = ($1, $2)', [carrier, id])
}

/** Nobody shipped what they are about. */
export async function forgetWaiting(tx: Tx, days: number): Promise<number> {
  const { rowCount } = await tx.query(
    'DELETE FROM carrier_reports WHERE order_id IS NULL AND received_at < now() - make_interval(days => $1)',
    [days],
  )
  return rowCount
}

/** Of the carriers that are simulated: what left at least so long ago, and was not reported on. */
export async function undelivered(
  tx: Tx,
  { carriers, afterMs, limit }: { carriers: readonly string[]; afterMs: number; limit: number },
): Promise<{ orderId: string; shipmentId: string }[]> {
  const { rows } = await tx.query<{ orderId: string; shipmentId: string }>(
    `
    SELECT order_id AS "orderId", id AS "shipmentId" FROM (
      SELECT order_id, id, carrier, shipped_at FROM parcels WHERE status = 'shipped'
      UNION ALL SELECT order_id, id, carrier, shipped_at FROM shipments WHERE NOT adopted) AS shipped
    WHERE carrier = ANY($1::text[]) AND shipped_at < now() - make_interval(secs => $2::float8 / 1000) LIMIT $3`,
    [carriers, afterMs, limit],
  )
  return rows
}
