/** Only fields that affect a decision, because others would multiply the states. */
import type { Pieces, PlacedPieces } from './pieces.ts'

export interface Told {
  refundId: string
  amount: number
}

export interface ReturnedGoods {
  returnId: string
  from: string
  to: string
  lines: readonly Pieces[]
}

export type OrderEvent =
  | { type: 'order.created' }
  | { type: 'order.cancelled' }
  | { type: 'order.accepted'; allocations?: readonly PlacedPieces[] }
  | { type: 'order.cancel_requested'; requestId: string; lines: readonly Pieces[] }
  | { type: 'order.lines_cancelled'; requestId: string; lines: readonly (Pieces | PlacedPieces)[]; refund: Told }
  | { type: 'order.lines_returned'; refund: Told }

export type InventoryEvent =
  | { type: 'stock.reserved'; allocations: readonly PlacedPieces[] }
  | { type: 'stock.rejected' }
  | { type: 'stock.committed'; shipmentId: string; lines: readonly Pieces[] }

export type PaymentEvent = { type: 'payment.succeeded' } | { type: 'payment.failed' }

export type ShippingEvent =
  | { type: 'shipment.shipped'; shipmentId: string; location: string; lines: readonly Pieces[] }
  | { type: 'shipment.lines_withdrawn'; requestId: string; withdrawn: readonly PlacedPieces[] }
  | ({ type: 'return.received'; condition: 'restock' | 'scrap' | 'lost' } & ReturnedGoods)
  | ({ type: 'return.found'; condition: 'restock' | 'scrap' } & ReturnedGoods)

export type FulfilmentEvent = OrderEvent | InventoryEvent | PaymentEvent | ShippingEvent

/** Types unknown to the previous release; its replicas ignore them. */
export const newTypes: readonly FulfilmentEvent['type'][] = [
  'order.cancel_requested',
  'order.lines_cancelled',
  'order.lines_returned',
  'shipment.lines_withdrawn',
  'return.received',
  'return.found',
]
