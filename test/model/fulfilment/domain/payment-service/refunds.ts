import { refused, type Refused } from '@docket/chassis/refused.ts'

/** Money on its way back. Its id is the claim everywhere, and the provider's idempotency key. */
export interface Refund {
  id: string
  /** Minor units of the currency. */
  amount: number
  status: RefundStatus
}

/** `failed`: declined by the provider, until somebody tries it again or gives it by hand. */
export type RefundStatus = 'due' | 'given' | 'failed' | 'by_hand'

/** What may still be given back. A failed refund keeps its amount: it may be tried again. */
export const leftToRefund = (captured: number, refunds: readonly Refund[]): number =>
  refunds.reduce((left, { amount }) => left - amount, captured)

/**
 * A refund that order-service asks for, cut to what is left: goodwill or the end of the order may have given the rest.
 * Nothing is given without the provider.
 */
export function refundOf(id: string, amount: number, left: number): Refund {
  const cut = Math.max(0, Math.min(amount, left))
  return { id, amount: cut, status: cut === 0 ? 'given' : 'due' }
}

/** A refund that an operator gives beside those of the order. */
export const goodwill = (id: string, amount: number, left: number): Refund | Refused =>
  amount <= left
    ? { id, amount, status: 'due' }
    : refused('exceeds_captured', `Of this payment ${left} can still be refunded.`, { left })

/** What may become of a failed refund. Each ends the other. */
export const mayRetry = ({ status }: Pick<Refund, 'status'>) => status === 'failed'
