import type { ShipmentStatus } from '@docket/contract/terms.ts'

export const carrierReports = ['lost', 'undeliverable', 'delivered'] as const
export type CarrierReport = (typeof carrierReports)[number]

/**
 * Reports arrive late, twice and out of order, so the highest counts. Lost is the lowest: a lost parcel may turn up and
 * be delivered or come back. Delivered is the highest: a second attempt may follow an undeliverable one.
 */
const ranks: Record<CarrierReport, number> = { lost: 1, undeliverable: 2, delivered: 3 }

/** A report of a lower or equal rank is noted and changes nothing. */
export function afterReport(status: ShipmentStatus, report: CarrierReport): ShipmentStatus {
  if (status === 'open' || status === 'cancelled') return status // kept until its shipment leaves
  return status === 'shipped' || ranks[report] > ranks[status] ? report : status
}

/**
 * A carrier's claim waits for an operator, because a carrier's word moves no money. It ends when it is confirmed, or
 * when the shipment is delivered after all.
 */
export const claimOf = ({ status, confirmed }: { status: ShipmentStatus; confirmed: boolean }) =>
  !confirmed && (status === 'lost' || status === 'undeliverable') ? status : undefined
