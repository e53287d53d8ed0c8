import { refused } from '@docket/chassis/refused.ts'
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

/** The answer of the previous release to a cancellation after acceptance, as long as its replicas are running. */
export const alreadyAccepted = refused(
  'already_accepted',
  'The order has been accepted and is on its way; it can no longer be cancelled.',
)

/** The step that an order waits for, and whose it is. Undefined once it is final. */
export interface Waiting {
  service: 'inventory-service' | 'payment-service' | 'shipping-service'
  step: string
}

/** What else an order may wait for, even when it is final. */
export interface OpenMatters {
  /** Shipping-service has not answered a cancel request. */
  hasOpenRequest?: boolean
  /** Goods came back that are not known to be shipped. */
  keepsReturn?: boolean
  /** A shipment waits for people until then. */
  lateAt?: Date | null
}

export function waitsFor(
  status: OrderStatus,
  happened: ReadonlySet<string>,
  { hasOpenRequest, keepsReturn, lateAt }: OpenMatters = {},
): Waiting | undefined {
  if (hasOpenRequest) return { service: 'shipping-service', step: 'the answer to a cancel request' }
  if (keepsReturn) return { service: 'inventory-service', step: 'the returned goods to be counted as shipped' }
  if (status === 'pending') {
    return happened.has('stock.reserved') || happened.has('payment.succeeded')
      ? { service: 'payment-service', step: 'the charge' }
      : { service: 'inventory-service', step: 'the reservation of stock' }
  }
  if (status === 'accepted') {
    if (lateAt) return { service: 'shipping-service', step: 'people to hand over a shipment' }
    return happened.has('shipment.shipped')
      ? { service: 'inventory-service', step: 'the reserved stock to leave' }
      : { service: 'shipping-service', step: 'the shipment' }
  }
  return undefined
}
