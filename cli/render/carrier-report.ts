import type { CarrierReport } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'
import { moment } from './times.ts'

export function renderCarrierReports(reports: readonly CarrierReport[], look: Look): string {
  if (reports.length === 0) return 'no reports'
  const rows = reports.map(({ carrier, id, trackingNumber, status, detail, receivedAt }) => [
    clean(carrier),
    clean(id),
    clean(trackingNumber),
    status,
    moment(receivedAt, look),
    clean(detail ?? ''),
  ])
  return table(['CARRIER', 'REPORT', 'TRACKING', 'STATUS', 'RECEIVED', 'DETAIL'], rows, look, [], [5, 2, 1])
}
