import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { ShipmentStatus } from '@docket/contract/terms.ts'

export interface Pieces {
  sku: string
  quantity: number
}

export interface PlacedPieces extends Pieces {
  location: string
}

export interface Shipment {
  id: string
  location: string
  status: ShipmentStatus
  lines: readonly Pieces[]
  confirmed: boolean
}

export function shipmentsFor(allocations: readonly PlacedPieces[], idAt: (index: number) => string): Shipment[] {
  const byLocation = Map.groupBy(allocations, ({ location }) => location)
  return [...byLocation].map(([location, pieces], index) => ({
    id: idAt(index),
    location,
    status: 'open',
    lines: pieces.map(({ sku, quantity }) => ({ sku, quantity })),
    confirmed: false,
  }))
}

/** Shipped goods keep the id, because it is on the label; the rest becomes a new open shipment. */
export function dispatch<S extends Shipment>(
  shipment: S,
  leaving: readonly Pieces[],
  restId: string,
): { left: S; rest?: Shipment } | Refused {
  if (shipment.status !== 'open') return refused(`shipment_${shipment.status}`, 'Only an open shipment can leave.')
  const over = lacking(shipment.lines, leaving)
  if (over) return refused('not_in_shipment', `The shipment has not that many pieces of ${over.sku}.`)
  const left: S = { ...shipment, status: 'shipped', lines: leaving }
  const lines = without(shipment.lines, leaving)
  if (lines.length === 0) return { left }
  return { left, rest: { id: restId, location: shipment.location, status: 'open', lines, confirmed: false } }
}

/** What is open is withdrawn; what has left is refused. A shipment without lines is cancelled. */
export function withdraw<S extends Shipment>(
  shipments: readonly S[],
  requested: readonly Pieces[],
): { shipments: S[]; withdrawn: PlacedPieces[]; refused: Pieces[] } {
  let wanted = requested
  const withdrawn: PlacedPieces[] = []
  const after = shipments.map(shipment => {
    if (shipment.status !== 'open') return shipment
    const pieces = common(shipment.lines, wanted)
    if (pieces.length === 0) return shipment
    wanted = without(wanted, pieces)
    withdrawn.push(...pieces.map(piece => ({ location: shipment.location, ...piece })))
    const lines = without(shipment.lines, pieces)
    return { ...shipment, lines, ...(lines.length === 0 && { status: 'cancelled' as const }) }
  })
  return { shipments: after, withdrawn, refused: [...wanted] }
}

export const includes = (pieces: readonly Pieces[], some: readonly Pieces[]) => lacking(pieces, some) === undefined

/** An item of which there are fewer pieces than in `some`, where it may be several times. */
export const lacking = (pieces: readonly Pieces[], some: readonly Pieces[]): Pieces | undefined =>
  some.find(({ sku }) => quantityOf(some, sku) > quantityOf(pieces, sku))

const quantityOf = (pieces: readonly Pieces[], sku: string) =>
  pieces.reduce((sum, piece) => sum + (piece.sku === sku ? piece.quantity : 0), 0)

export const without = (pieces: readonly Pieces[], others: readonly Pieces[]): Pieces[] =>
  pieces
    .map(({ sku, quantity }) => ({ sku, quantity: quantity - quantityOf(others, sku) }))
    .filter(({ quantity }) => quantity > 0)

export const common = (pieces: readonly Pieces[], others: readonly Pieces[]): Pieces[] =>
  pieces
    .map(({ sku, quantity }) => ({ sku, quantity: Math.min(quantity, quantityOf(others, sku)) }))
    .filter(({ quantity }) => quantity > 0)
