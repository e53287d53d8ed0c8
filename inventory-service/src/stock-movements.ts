import type { GoodsCondition, MovementKind } from '@docket/contract/terms.ts'

export interface PlacedPieces {
  location: string
  sku: string
  quantity: number
}

/**
 * The stock of an item at a location. What was received is available, reserved, shipped or scrapped, plus what was
 * moved here from other locations less what was moved away; each number but `moved` is >= 0. Lost pieces stay in
 * `shipped`, and are counted beside it.
 */
export interface StockNumbers {
  available: number
  reserved: number
  shipped: number
  scrapped: number
  lost: number
  moved: number
}

export type Movement = { kind: MovementKind; location: string; sku: string } & Partial<StockNumbers>

/** What becomes of each piece that an order takes or gives back. */
export const directions = {
  reserved: { available: -1, reserved: 1, shipped: 0 },
  released: { available: 1, reserved: -1, shipped: 0 },
  shipped: { available: 0, reserved: -1, shipped: 1 },
} as const

const moving =
  (kind: keyof typeof directions) =>
  (pieces: readonly PlacedPieces[]): Movement[] =>
    pieces.map(({ location, sku, quantity }) => {
      const { available, reserved, shipped } = directions[kind]
      return {
        kind,
        location,
        sku,
        available: available * quantity,
        reserved: reserved * quantity,
        shipped: shipped * quantity,
      }
    })

export const reserved = moving('reserved')
export const released = moving('released')
export const shipped = moving('shipped')

/** Goods may arrive at another location than the one that their shipment left. */
export interface Receipt {
  from: string
  to: string
  lines: readonly { sku: string; quantity: number; condition: GoodsCondition }[]
}

const kinds = { restock: 'returned', scrap: 'scrapped' } as const

/** Lost pieces stay shipped for good, because nothing comes back; they are counted. */
export const takenBack = ({ from, to, lines }: Receipt): Movement[] =>
  lines.flatMap(({ sku, quantity, condition }): Movement[] =>
    condition === 'lost'
      ? [{ kind: 'lost', location: from, sku, lost: quantity }]
      : cameBack(kinds[condition], sku, quantity, from, to, condition),
  )

/** Goods that were received as lost may turn up later. They cannot be lost again. */
export const turnedUp = ({ from, to, lines }: Receipt): Movement[] =>
  lines.flatMap(({ sku, quantity, condition }): Movement[] =>
    condition === 'lost' ? [] : cameBack('found', sku, quantity, from, to, condition, { lost: -quantity }),
  )

function cameBack(
  kind: MovementKind,
  sku: string,
  quantity: number,
  from: string,
  to: string,
  condition: 'restock' | 'scrap',
  noLonger: Pick<Movement, 'lost'> = {},
): Movement[] {
  const left = { kind, location: from, sku, shipped: -quantity, ...noLonger }
  const arrived = { [condition === 'restock' ? 'available' : 'scrapped']: quantity }
  return from === to
    ? [{ ...left, ...arrived }]
    : [
        { ...left, moved: -quantity },
        { kind, location: to, sku, moved: quantity, ...arrived },
      ]
}
