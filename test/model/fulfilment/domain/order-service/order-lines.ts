import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { OrderStatus } from '@docket/contract/terms.ts'

/** Pieces of an item. Each sku stands once in an order, so it names the line. */
export interface Pieces {
  sku: string
  quantity: number
}

/** What has become of a line. Cancelled and shipped together never exceed the quantity, nor returned the shipped. */
export interface OrderLine extends Pieces {
  /** Minor units of the currency. */
  unitPrice: number
  cancelled: number
  shipped: number
  returned: number
}

/** Pieces that are neither cancelled nor known to have left. */
export const openPieces = ({ quantity, cancelled, shipped }: OrderLine) => quantity - cancelled - shipped

/**
 * Whether lines of an order, or all of it, can be asked back from shipping-service, which decides. Refused here is only
 * what order-service knows for certain.
 */
export function mayRequestCancel(
  status: OrderStatus,
  lines: readonly OrderLine[],
  requested: readonly Pieces[],
): 'yes' | Refused {
  switch (status) {
    case 'pending':
      return refused('not_accepted_yet', 'The order has not been accepted yet; only all of it can be cancelled.')
    case 'accepted': {
      const unknown = requested.find(({ sku }) => !lines.some(line => line.sku === sku))
      if (unknown) return refused('not_ordered', `The order has no line of ${unknown.sku}.`)
      return lines.some(line => quantityOf(requested, line.sku) > 0 && openPieces(line) > 0)
        ? 'yes'
        : refused('already_shipped', 'All that is to be cancelled has been shipped.')
    }
    case 'completed':
      return refused('already_completed', 'The order has been completed; it can no longer be cancelled.')
    case 'cancelled':
      return refused('already_cancelled', 'The order was cancelled; there is nothing left to cancel.')
    case 'rejected':
      return refused('already_rejected', 'The order was rejected; there is nothing to cancel.')
  }
}

/** The lines after shipping-service withdrew these pieces. */
export const withdraw = (lines: readonly OrderLine[], withdrawn: readonly Pieces[]): OrderLine[] =>
  lines.map(line => ({ ...line, cancelled: line.cancelled + quantityOf(withdrawn, line.sku) }))

/** The lines after these pieces left their location for good. */
export const ship = (lines: readonly OrderLine[], shipped: readonly Pieces[]): OrderLine[] =>
  lines.map(line => ({ ...line, shipped: line.shipped + quantityOf(shipped, line.sku) }))

/** Whether a return can be counted yet: it comes by another topic than its `stock.committed`, and may overtake it. */
export const covers = (lines: readonly OrderLine[], returned: readonly Pieces[]): boolean =>
  lines.every(line => line.returned + quantityOf(returned, line.sku) <= line.shipped)

/** The lines after these pieces came back, or were lost on their way. */
export const takeBack = (lines: readonly OrderLine[], returned: readonly Pieces[]): OrderLine[] =>
  lines.map(line => ({ ...line, returned: line.returned + quantityOf(returned, line.sku) }))

/** What an accepted order is by its lines: finished as soon as nothing is open. */
export function statusByLines(lines: readonly OrderLine[]): 'accepted' | 'completed' | 'cancelled' {
  if (lines.some(line => openPieces(line) > 0)) return 'accepted'
  return lines.some(({ shipped }) => shipped > 0) ? 'completed' : 'cancelled'
}

/** What is given back for pieces of the order, in minor units. */
export const priceOf = (lines: readonly OrderLine[], pieces: readonly Pieces[]): number =>
  lines.reduce((sum, { sku, unitPrice }) => sum + unitPrice * quantityOf(pieces, sku), 0)

/** The same sku may stand in several locations. */
const quantityOf = (pieces: readonly Pieces[], sku: string) =>
  pieces.reduce((sum, piece) => sum + (piece.sku === sku ? piece.quantity : 0), 0)
