import { messageOf } from '@docket/foundation/errors.ts'
/**
 * What a payment provider must offer. Every call is safe to repeat under the same idempotency key, as calls are
 * repeated after a crash.
 */
export interface PaymentProvider {
  /**
   * Charges the card, or returns why not. Rejects with ProviderError when the answer is neither; its kind says whether
   * the card may have been charged.
   */
  charge(payment: Charge): Promise<Charged>
  /** What became of the charge under a key. Rejects with ProviderError when it gave no answer. */
  find(key: string): Promise<Charged | { outcome: 'unknown' }>
  /** Gives money of a captured charge back, or returns why not. Rejects with ProviderError when it gave no answer. */
  refund(refund: RefundCall): Promise<Refunded>
  /** What became of a refund under its key. Rejects with ProviderError when it gave no answer. */
  findRefund(key: string): Promise<Refunded | { outcome: 'unknown' }>
}

export interface Charge {
  key: string
  paymentId: string
  /** Minor units of the currency. */
  amount: number
  currency: string
  token: string
}

export interface RefundCall {
  key: string
  refundId: string
  /** The key of the charge. */
  chargeKey: string
  /** Minor units of the currency. */
  amount: number
  currency: string
  /** All that was charged. Repeating it does no harm under any key, as there is nothing left to refund. */
  isWhole: boolean
}

export type Refunded = { outcome: 'refunded' } | { outcome: 'declined'; reason: string }

export type Charged = { outcome: 'captured'; reference: string } | { outcome: 'declined'; reason: string }

/**
 * What a response that is not a charge means. `refused`: this payment, nothing was charged. `misconfigured`: all
 * payments, nothing was charged. `ambiguous`: one of these two. `not_sent`: there was no connection, and nothing was
 * charged. `not_known`: the card may have been charged.
 */
export type TroubleKind = 'refused' | 'misconfigured' | 'ambiguous' | 'not_sent' | 'not_known'

export interface Trouble {
  kind: TroubleKind
  /** HTTP status, `timeout`, `transport` or `body`, so that repeated trouble of one kind can be recognized. */
  code: string
  message: string
  reason?: string
  retryAfterMs?: number
}

export class ProviderError extends Error {
  override name = 'ProviderError'
  readonly trouble: Trouble

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(trouble.message, options)
    this.trouble = trouble
  }
}

export class ProviderUnavailable extends ProviderError {
  override name = 'ProviderUnavailable'

  constructor(message: string, options?: ErrorOptions, code = 'transport') {
    super({ kind: 'not_known', code, message }, options)
  }
}

/** The operation may or may not have been done. */
export class ProviderTimeout extends ProviderUnavailable {
  override name = 'ProviderTimeout'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'timeout')
  }
}

export const noAnswerWithin = (ms: number) =>
  new ProviderTimeout(`no answer within ${Number((ms / 1_000).toFixed(1))} s`)

/** After an unforeseen failure, the card may have been charged. */
export const troubleOf = (error: unknown): Trouble =>
  error instanceof ProviderError ? error.trouble : { kind: 'not_known', code: 'transport', message: messageOf(error) }
