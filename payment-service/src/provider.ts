/**
 * What a payment provider is to us. Every call is safe to repeat: the payment's id is the provider's idempotency key.
 */
export interface PaymentProvider {
  /** Charges the card, or returns why not. Rejects without an answer: the card may be charged or not; `find` tells. */
  charge(payment: Charge): Promise<Charged>
  /** What became of a charge whose answer was lost. */
  find(paymentId: string): Promise<Charged | { outcome: 'unknown' }>
  /** Gives the money of a captured charge back. Rejects when it gave no answer. */
  refund(paymentId: string): Promise<void>
}

export interface Charge {
  paymentId: string
  /** Minor units of the currency. */
  amount: number
  currency: string
  /** Stands for the card. */
  token: string
}

export type Charged = { outcome: 'captured'; reference: string } | { outcome: 'declined'; reason: string }

/** The provider could not be reached or failed; trying again later may help. */
export class ProviderUnavailable extends Error {
  override name = 'ProviderAway'
}

/** The provider gave no answer in time; the operation may be done or not. */
export class ProviderTimeout extends ProviderUnavailable {
  override name = 'ProviderTimeout'
}
