import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { CancellationReason, OrderStatus } from '@docket/contract/terms.ts'

/** For a tombstone: an order that never existed here, and for which a payment was attempted. */
export type TombstoneReason = Extract<CancellationReason, 'unknown_order'>
export type CancelReason = Exclude<CancellationReason, TombstoneReason>

export const isOfAnOrder = (reason: CancellationReason): reason is CancelReason => reason !== 'unknown_order'

/** Allowed transitions. The store passes them to its WHERE as a parameter, so that the rule is written once. */
export const mayBecome: Record<Exclude<OrderStatus, 'pending'>, readonly OrderStatus[]> = {
  accepted: ['pending'],
  rejected: ['pending'],
  cancelled: ['pending'],
  completed: ['accepted'],
}

/** A repeated request gets the same answer, although the order is cancelled once. */
export function mayCancel(status: OrderStatus): 'yes' | 'already' | Refused {
  switch (status) {
    case 'pending':
      return 'yes'
    case 'cancelled':
      return 'already'
    case 'accepted':
      return refused(
        'already_accepted',
        'The order has been accepted and is on its way; it can no longer be cancelled.',
      )
    case 'completed':
      return refused('already_completed', 'The order has been completed; it can no longer be cancelled.')
    case 'rejected':
      return refused('already_rejected', 'The order was rejected; there is nothing to cancel.')
  }
}

/** The step that an order waits for, and whose it is. Undefined once it is final. */
export interface Waiting {
  service: 'inventory-service' | 'payment-service' | 'shipping-service'
  step: string
}

export function waitsFor(status: OrderStatus, happened: ReadonlySet<string>): Waiting | undefined {
  if (status === 'pending') {
    return happened.has('stock.reserved') || happened.has('payment.succeeded')
      ? { service: 'payment-service', step: 'the charge' }
      : { service: 'inventory-service', step: 'the reservation of stock' }
  }
  if (status === 'accepted') {
    return happened.has('shipment.shipped')
      ? { service: 'inventory-service', step: 'the reserved stock to leave' }
      : { service: 'shipping-service', step: 'the shipment' }
  }
  return undefined
}
