import type { Shipment } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, facts, table } from './table.ts'
import { moment } from './times.ts'

export function renderShipments(shipments: readonly Shipment[], look: Look): string {
  if (shipments.length === 0) return 'no shipments'
  const rows = shipments.map(({ orderId, carrier, trackingNumber, lines, shippedAt }) => [
    orderId,
    moment(shippedAt, look),
    clean(carrier),
    clean(trackingNumber),
    clean(lines.map(({ sku, quantity }) => `${quantity}×${sku}`).join(' ')),
  ])
  return table(['ORDER', 'SHIPPED', 'CARRIER', 'TRACKING', 'LINES'], rows, look, [], [4, 3, 2, 1])
}

export function renderShipment(shipment: Shipment, look: Look): string {
  const { name, line1, line2, postalCode, city, country } = shipment.shippingAddress ?? {}
  const address = [name, line1, line2, [postalCode, city].filter(Boolean).join(' '), country].filter(Boolean).join(', ')
  return [
    facts(
      [
        ['order', shipment.orderId],
        ['shipment', shipment.id],
        ['carrier', clean(shipment.carrier)],
        ['tracking', clean(shipment.trackingNumber)],
        ['shipped', moment(shipment.shippedAt, look)],
        ['address', address === '' ? undefined : clean(address)],
      ],
      look,
    ),
    '',
    table(
      ['QTY', 'SKU'],
      shipment.lines.map(({ sku, quantity }) => [String(quantity), clean(sku)]),
      look,
      [0],
      [1],
    ),
  ].join('\n')
}
