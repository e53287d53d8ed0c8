import type { Shipment } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, facts, table } from './table.ts'
import { moment } from './times.ts'

export function renderShipments(shipments: readonly Shipment[], look: Look): string {
  if (shipments.length === 0) return 'no shipments'
  const rows = shipments.map(shipment => [
    shipment.id,
    shipmentStatus(shipment, look),
    clean(shipment.lines.map(({ sku, quantity }) => `${quantity}×${sku}`).join(' ')),
    moment(shipment.shippedAt ?? shipment.createdAt, look),
    clean(shipment.carrier ?? ''),
    clean(shipment.trackingNumber ?? ''),
    shipment.orderId,
  ])
  return table(
    ['SHIPMENT', 'STATUS', 'LINES', 'SINCE', 'CARRIER', 'TRACKING', 'ORDER'],
    rows,
    look,
    [],
    [6, 5, 4, 3, 2],
  )
}

export function renderShipment(shipment: Shipment, look: Look): string {
  const { name, line1, line2, postalCode, city, country } = shipment.shippingAddress ?? {}
  const address = [name, line1, line2, [postalCode, city].filter(Boolean).join(' '), country].filter(Boolean).join(', ')
  const at = (time: string | undefined) => time && moment(time, look)
  return [
    facts(
      [
        ['order', shipment.orderId],
        ['shipment', shipment.id],
        ['from', clean(shipment.location)],
        ['status', shipmentStatus(shipment, look)],
        ['carrier', shipment.carrier && clean(shipment.carrier)],
        ['tracking', shipment.trackingNumber && clean(shipment.trackingNumber)],
        ['late', shipment.status === 'open' ? at(shipment.lateAt) : undefined],
        ['shipped', at(shipment.shippedAt)],
        ['ended', at(shipment.endedAt)],
        ['address', address === '' ? undefined : clean(address)],
      ],
      look,
    ),
    '',
    table(
      ['QTY', 'RETURNED', 'SKU'],
      shipment.lines.map(({ sku, quantity, returned }) => [String(quantity), String(returned), clean(sku)]),
      look,
      [0, 1],
      [2],
    ),
  ].join('\n')
}

/** A carrier's claim waits for an operator, and a late shipment for its dispatch. */
export function shipmentStatus({ status, claim, lateAt }: Shipment, { now }: Look): string {
  if (claim !== undefined) return `${status} (claimed)`
  return status === 'open' && lateAt !== undefined && Date.parse(lateAt) < now.getTime() ? 'open (late)' : status
}
