export const simulatedCarriers = ['Swift Parcel', 'Harbour Post', 'Nordlicht Kurier'] as const

/** What is on the parcel: who brings it, and under which number. */
export interface Label {
  carrier: string
  trackingNumber: string
}

export function labelFor(shipmentId: string): Label {
  const digits = shipmentId.replaceAll('-', '')
  const carrier = simulatedCarriers[parseInt(digits.slice(-4), 16) % simulatedCarriers.length] as string // the index is below the length
  const initials = carrier
    .split(' ')
    .map(word => word[0])
    .join('')
  return { carrier, trackingNumber: `${initials}${digits.slice(0, 12)}${digits.slice(-8)}`.toUpperCase() }
}
