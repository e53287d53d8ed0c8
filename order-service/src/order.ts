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
