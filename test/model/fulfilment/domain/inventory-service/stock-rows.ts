/** Pieces of an item at a location. */
interface PlacedPieces {
  location: string
  sku: string
  quantity: number
}

/**
 * The stock of an item at a location. What was received there is available, reserved, shipped, scrapped or moved away,
 * less what was moved here; each is >= 0. What is lost stays in `shipped`, and is counted beside it.
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

/** By how much the numbers of a row change. A row may be in several movements. */
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

/** Goods of a return: the location that their shipment left, the one where they arrived, and how they were found. */
interface Receipt {
  from: string
  to: string
  condition: Condition
  lines: readonly { sku: string; quantity: number }[]
}

/** What a return changes. Lost pieces stay shipped for good, and are counted. */
export const takenBack = ({ from, to, condition, lines }: Receipt): Movement[] =>
  lines.flatMap(({ sku, quantity }): Movement[] =>
    condition === 'lost' ? [{ location: from, sku, lost: quantity }] : cameBack(sku, quantity, from, to, condition),
  )

/** What it changes when goods that were received as lost turn up. */
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

/** The rows after the movements. A number below zero is left to the CHECK of the table. */
export const moved = (rows: readonly StockRow[], movements: readonly Movement[]): StockRow[] =>
  rows.map(row => {
    const after = { ...row }
    for (const movement of movements)
      if (movement.location === row.location && movement.sku === row.sku)
        for (const number of numbers) after[number] += movement[number] ?? 0
    return after
  })
