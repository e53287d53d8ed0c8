import { refused, type Refused } from '@docket/chassis/refused.ts'

export interface Item {
  sku: string
  name: string
  /** Minor units of the currency. */
  unitPrice: number
  currency: string
  available: number
  reserved: number
  shipped: number
  /** Came back, and cannot be sold. */
  scrapped: number
  /** Of those shipped: never came back, and were refunded. */
  lost: number
  /** Available, reserved, shipped or scrapped. */
  received: number
}

export const mostPieces = 1_000_000_000 // fits the database's int, with room for sums

/** Whether the available pieces may change by `delta`. Reserved pieces are promised to orders, so they stay. */
export function mayAdjust(item: Pick<Item, 'available' | 'received'>, delta: number): Refused | undefined {
  if (item.available + delta < 0) {
    return refused('insufficient_stock', `Only ${item.available} pieces are available; ${-delta} cannot be removed.`, {
      available: item.available,
    })
  }
  if (item.received + delta > mostPieces)
    return refused('too_many_pieces', `An item can have at most ${mostPieces} pieces.`)
  return undefined
}
