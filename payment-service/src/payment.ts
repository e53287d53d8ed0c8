import type { Charged } from './provider.ts'

export type PaymentStatus = 'charging' | 'succeeded' | 'failed' | 'refunding' | 'refunded' | 'void'

/** A payment that needs a call of the provider. */
export interface DuePayment {
  orderId: string
  id: string
  status: 'charging' | 'refunding'
  amount: number
  currency: string
  token: string
  /**
   * Attempts before this one; after the first, the payment is looked up before charging.
   */
  attempts: number
  /** The order was cancelled meanwhile. */
  cancelled: boolean
  reason: string | null
  /** W3C trace context of what caused it; null when that is not known. */
  traceparent: string | null
}

/** The provider's answer about a due payment. */
export type ProviderAnswer = Charged | { outcome: 'refunded' } | { outcome: 'error'; message: string }

export interface AttemptRecord {
  kind: 'charge' | 'ask' | 'refund'
  outcome: 'captured' | 'declined' | 'unknown' | 'refunded' | 'error'
  answer?: string | undefined
}

/** The reason of a provider as a code that the event may carry; each provider has words of its own. */
export const reasonCode = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
    .replace(/_$/, '') || 'declined'

/**
 * What an answer makes of a payment. An order that was cancelled while its card was charged gets its money back at
 * once.
 */
export function afterAnswer(payment: Pick<DuePayment, 'status' | 'cancelled'>, answer: ProviderAnswer): PaymentStatus {
  switch (answer.outcome) {
    case 'captured':
      return payment.cancelled ? 'refunding' : 'succeeded'
    case 'declined':
      return 'failed'
    case 'refunded':
      return 'refunded'
    case 'error':
      return payment.status
  }
}

const firstPauseMs = 200
// the breaker spares an unavailable provider; this determines how soon its return is noticed
const longestPauseMs = 5_000

/** How long to leave a provider alone that failed `attempts` times: 200 ms, doubling up to 5 s. */
export const pauseAfter = (attempts: number) =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(20, Math.max(0, attempts - 1)))
