export interface Shipment {
  orderId: string
  /** Unknown for orders that the release before accepted: no customer sees their parcels. */
  customerId?: string | undefined
  id: string
  carrier: string
  trackingNumber: string
  lines: { sku: string; quantity: number }[]
  shippingAddress?: ShippingAddress | undefined
}

export interface ShippingAddress {
  name: string
  line1: string
  line2?: string | undefined
  postalCode: string
  city: string
  country: string
}

const carriers = ['Swift Parcel', 'Harbour Post', 'Nordlicht Kurier'] as const

export function handOver(
  order: Pick<Shipment, 'orderId' | 'customerId' | 'lines' | 'shippingAddress'>,
  id: string,
): Shipment {
  const digits = id.replaceAll('-', '')
  const carrier = carriers[parseInt(digits.slice(-4), 16) % carriers.length] as string // the index is below the length
  const initials = carrier
    .split(' ')
    .map(word => word[0])
    .join('')
  return { ...order, id, carrier, trackingNumber: `${initials}${digits.slice(0, 12)}${digits.slice(-8)}`.toUpperCase() }
}
