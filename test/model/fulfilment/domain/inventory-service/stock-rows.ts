interface PlacedPieces {
  location: string
  sku: string
  quantity: number
}

/**
 * The stock of an item at a location. Received pieces are available, reserved, shipped, scrapped or moved away, less
 * those moved here; each number is >= 0. Lost pieces stay in `shipped`, and are counted beside it.
 */
export interface StockRow {
  location: string
  sku: string
  available: number
  reserved: number
  shipped: number
  scrapped: number
  lost: number
  movedAway: number
  movedHere: number
}

/** A row may be part of several movements. */
export type Movement = Pick<StockRow, 'location' | 'sku'> & Partial<Record<StockNumber, number>>
type StockNumber = Exclude<keyof StockRow, 'location' | 'sku'>

const numbers: readonly StockNumber[] = [
  'available',
  'reserved',
  'shipped',
  'scrapped',
  'lost',
  'movedAway',
  'movedHere',
]

export const reserved = (allocations: readonly PlacedPieces[]): Movement[] =>
  allocations.map(({ location, sku, quantity }) => ({ location, sku, available: -quantity, reserved: quantity }))

export const released = (pieces: readonly PlacedPieces[]): Movement[] =>
  pieces.map(({ location, sku, quantity }) => ({ location, sku, available: quantity, reserved: -quantity }))

export const shipped = (pieces: readonly PlacedPieces[]): Movement[] =>
  pieces.map(({ location, sku, quantity }) => ({ location, sku, reserved: -quantity, shipped: quantity }))

type Condition = 'restock' | 'scrap' | 'lost'

/** Goods may arrive at another location than the one that their shipment left. */
interface Receipt {
  from: string
  to: string
  condition: Condition
  lines: readonly { sku: string; quantity: number }[]
}

/** Lost pieces stay shipped for good, because nothing comes back; they are counted. */
export const takenBack = ({ from, to, condition, lines }: Receipt): Movement[] =>
  lines.flatMap(({ sku, quantity }): Movement[] =>
    condition === 'lost' ? [{ location: from, sku, lost: quantity }] : cameBack(sku, quantity, from, to, condition),
  )

/** Goods that were received as lost may turn up later. */
export const turnedUp = ({ from, to, condition, lines }: Receipt & { condition: 'restock' | 'scrap' }): Movement[] =>
  lines.flatMap(({ sku, quantity }): Movement[] => [
    { location: from, sku, lost: -quantity },
    ...cameBack(sku, quantity, from, to, condition),
  ])

function cameBack(sku: string, quantity: number, from: string, to: string, condition: 'restock' | 'scrap'): Movement[] {
  const isMove = from !== to
  return [
    { location: from, sku, shipped: -quantity, ...(isMove && { movedAway: quantity }) },
    {
      location: to,
      sku,
      [condition === 'restock' ? 'available' : 'scrapped']: quantity,
      ...(isMove && { movedHere: quantity }),
    },
  ]
}

/** A number below zero is not refused here, because the table has a CHECK for it. */
export const moved = (rows: readonly StockRow[], movements: readonly Movement[]): StockRow[] =>
  rows.map(row => {
    const after = { ...row }
    for (const movement of movements)
      if (movement.location === row.location && movement.sku === row.sku)
        for (const number of numbers) after[number] += movement[number] ?? 0
    return after
  })
