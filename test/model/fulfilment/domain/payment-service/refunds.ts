import { refused, type Refused } from '@docket/chassis/refused.ts'

/** Its id is the claim everywhere, and the provider's idempotency key, so a refund is given once. */
export interface Refund {
  id: string
  /** Minor units of the currency. */
  amount: number
  status: RefundStatus
}

/** `failed`: declined by the provider, until an operator retries it or refunds by hand. */
export type RefundStatus = 'due' | 'given' | 'failed' | 'by_hand'

/** A failed refund keeps its amount, because it may be retried. */
export const leftToRefund = (captured: number, refunds: readonly Refund[]): number =>
  refunds.reduce((left, { amount }) => left - amount, captured)

/**
 * Limited to what is left, because goodwill or the end of the order may have refunded the rest. Nothing is refunded
 * without the provider.
 */
export function refundOf(id: string, amount: number, left: number): Refund {
  const cut = Math.max(0, Math.min(amount, left))
  return { id, amount: cut, status: cut === 0 ? 'given' : 'due' }
}

/** Goodwill comes on top of the order's own refunds, so it is limited to what is left. */
export const goodwill = (id: string, amount: number, left: number): Refund | Refused =>
  amount <= left
    ? { id, amount, status: 'due' }
    : refused('exceeds_captured', `Of this payment ${left} can still be refunded.`, { left })

/** Retrying and refunding by hand exclude each other, or the money would be given twice. */
export const mayRetry = ({ status }: Pick<Refund, 'status'>) => status === 'failed'
