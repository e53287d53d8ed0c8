/** What a carrier, or a person, says has become of a shipment that left. */
export type CarrierReport = 'lost' | 'undeliverable' | 'delivered'

/** `open`: not handed over yet. `cancelled`: all its lines were withdrawn before. */
export type ShipmentStatus = 'open' | 'shipped' | CarrierReport | 'cancelled'

/**
 * Reports come late, twice and out of order; the highest counts, whatever the order. Lost is the lowest: a parcel that
 * turns up is delivered, or comes back. Delivered is the highest: a second attempt may follow an undeliverable one.
 */
const ranks: Record<CarrierReport, number> = { lost: 1, undeliverable: 2, delivered: 3 }

/** The status of a shipment after a report. A lower or equal one is noted and changes nothing. */
export function afterReport(status: ShipmentStatus, report: CarrierReport): ShipmentStatus {
  if (status === 'open' || status === 'cancelled') return status // kept until its shipment leaves
  return status === 'shipped' || ranks[report] > ranks[status] ? report : status
}

/**
 * What is claimed of a shipment and waits for an operator: a carrier's word moves no money. It ends when it is confirmed
 * or when the shipment is delivered after all.
 */
export const claimOf = ({ status, confirmed }: { status: ShipmentStatus; confirmed: boolean }) =>
  !confirmed && (status === 'lost' || status === 'undeliverable') ? status : undefined
