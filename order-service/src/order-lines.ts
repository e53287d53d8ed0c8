import { refused, type Refused } from '@docket/chassis/refused.ts'
import { mainLocation, type OrderStatus } from '@docket/contract/terms.ts'

/** Each SKU occurs once in an order, so it identifies the line. */
export interface Pieces {
  sku: string
  quantity: number
}

export interface PlacedPieces extends Pieces {
  location: string
}

/** Events say no allocations then, and so did the release before. */
export const areAllAtMain = (allocations: readonly PlacedPieces[]): boolean =>
  allocations.every(({ location }) => location === mainLocation)

/** Cancelled plus shipped never exceeds the quantity, nor returned the shipped. */
export interface OrderLine extends Pieces {
  /** Minor units of the currency. */
  unitPrice: number
  cancelled: number
  shipped: number
  returned: number
}

/** What became of the lines, as far as the status alone tells. */
export const linesByStatus = (
  status: OrderStatus,
  ordered: readonly (Pieces & Pick<OrderLine, 'unitPrice'>)[],
): OrderLine[] =>
  ordered.map(({ sku, quantity, unitPrice }) => ({
    sku,
    quantity,
    unitPrice,
    cancelled: status === 'cancelled' ? quantity : 0,
    shipped: status === 'completed' ? quantity : 0,
    returned: 0,
  }))

export const areSame = (lines: readonly OrderLine[], others: readonly OrderLine[]): boolean =>
  lines.every(line =>
    others.some(
      other =>
        other.sku === line.sku &&
        other.cancelled === line.cancelled &&
        other.shipped === line.shipped &&
        other.returned === line.returned,
    ),
  )

/** Pieces that have left may not be known yet, so shipping-service may still refuse to cancel them. */
export const openPieces = ({ quantity, cancelled, shipped }: OrderLine) => quantity - cancelled - shipped

/** Refuses only what order-service knows for certain, because shipping-service decides. */
export function mayRequestCancel(
  status: OrderStatus,
  lines: readonly OrderLine[],
  requested: readonly Pieces[],
): 'yes' | Refused {
  switch (status) {
    case 'pending':
      return refused('not_accepted_yet', 'The order has not been accepted yet; only all of it can be cancelled.')
    case 'accepted': {
      const unknown = requested.find(({ sku, quantity }) => !lines.some(line => has(line, sku, quantity)))
      if (unknown) return refused('not_ordered', `The order has no ${unknown.quantity} pieces of ${unknown.sku}.`)
      return lines.some(line => quantityOf(requested, line.sku) > 0 && openPieces(line) > 0)
        ? 'yes'
        : refused('already_shipped', 'All that is to be cancelled has been shipped or cancelled.')
    }
    case 'completed':
      return refused('already_completed', 'The order has been completed; it can no longer be cancelled.')
    case 'cancelled':
      return refused('already_cancelled', 'The order was cancelled; there is nothing left to cancel.')
    case 'rejected':
      return refused('already_rejected', 'The order was rejected; there is nothing to cancel.')
  }
}

const has = (line: OrderLine, sku: string, quantity: number) => line.sku === sku && line.quantity >= quantity

/** What a request asks for that names no lines. */
export const notCancelled = (lines: readonly OrderLine[]): Pieces[] =>
  lines
    .map(({ sku, quantity, cancelled }) => ({ sku, quantity: quantity - cancelled }))
    .filter(({ quantity }) => quantity > 0)

export const withdraw = (lines: readonly OrderLine[], withdrawn: readonly Pieces[]): OrderLine[] =>
  lines.map(line => ({ ...line, cancelled: line.cancelled + quantityOf(withdrawn, line.sku) }))

export const ship = (lines: readonly OrderLine[], shipped: readonly Pieces[]): OrderLine[] =>
  lines.map(line => ({ ...line, shipped: line.shipped + quantityOf(shipped, line.sku) }))

/** A return arrives by another topic than its `stock.committed`, so it may overtake it and must wait. */
export const covers = (lines: readonly OrderLine[], returned: readonly Pieces[]): boolean =>
  lines.every(line => line.returned + quantityOf(returned, line.sku) <= line.shipped)

export const takeBack = (lines: readonly OrderLine[], returned: readonly Pieces[]): OrderLine[] =>
  lines.map(line => ({ ...line, returned: line.returned + quantityOf(returned, line.sku) }))

/** An accepted order is completed as soon as no piece is open. */
export function statusByLines(lines: readonly OrderLine[]): 'accepted' | 'completed' | 'cancelled' {
  if (lines.some(line => openPieces(line) > 0)) return 'accepted'
  return lines.some(({ shipped }) => shipped > 0) ? 'completed' : 'cancelled'
}

export const priceOf = (lines: readonly OrderLine[], pieces: readonly Pieces[]): number =>
  lines.reduce((sum, { sku, unitPrice }) => sum + unitPrice * quantityOf(pieces, sku), 0)

/** One SKU may be at several locations. */
const quantityOf = (pieces: readonly Pieces[], sku: string) =>
  pieces.reduce((sum, piece) => sum + (piece.sku === sku ? piece.quantity : 0), 0)
