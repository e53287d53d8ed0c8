import type { Deadline } from './lease.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import { formatMoney } from '@docket/contract/money.ts'
import type { PaymentStatus, RefundStatus } from '@docket/contract/terms.ts'
import {
  countOf,
  hasArrived,
  isRefusal,
  mayArriveForMs,
  pauseAfterTrouble,
  reasonCode,
  repeatsFailure,
  sameTroubleUntilStuck,
  type OthersAnswered,
} from './payment.ts'
import type { Refunded, Trouble } from './provider.ts'

/** Its id is the claim everywhere, and the provider's idempotency key, so a refund is given once. */
export interface Refund {
  id: string
  /** Minor units of the currency. */
  amount: number
  status: RefundStatus
}

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
export const goodwill = (id: string, amount: number, left: number, currency: string): Refund | Refused =>
  amount <= left
    ? { id, amount, status: 'due' }
    : refused('exceeds_captured', `Of this payment ${formatMoney(left, currency)} ${currency} can still be refunded.`, {
        left,
      })

/** Retrying and refunding by hand exclude each other, or the money would be given twice. */
export const mayRetry = ({ status }: Pick<Refund, 'status'>) => status === 'failed'

/** A payment with all its refunds. */
export interface RefundablePayment {
  orderId: string
  paymentId: string
  status: PaymentStatus
  amount: number
  currency: string
  refunds: readonly Refund[]
}

export interface RefundRequest {
  orderId: string
  refundId: string
  /** `rest`: the order is cancelled, so nothing of its payment is kept. */
  amount: number | 'rest'
  reason: string
}

export type DecidedRefund = Refund & Pick<RefundRequest, 'orderId' | 'reason'>

const captured: ReadonlySet<PaymentStatus> = new Set(['succeeded', 'refunding', 'refunded'])

/**
 * Decides refunds in their order, each limited to what those before it have left. A known id is a duplicate, and the
 * rest of a payment is refunded once, whichever release did it.
 */
export function decideRefunds(
  payments: ReadonlyMap<string, RefundablePayment>,
  requests: readonly RefundRequest[],
): DecidedRefund[] {
  const decided: DecidedRefund[] = []
  for (const { orderId, refundId, amount, reason } of requests) {
    const payment = payments.get(orderId)
    if (!payment || !captured.has(payment.status)) continue
    const refunds = [...payment.refunds, ...decided.filter(one => one.orderId === orderId)]
    const isRest = amount === 'rest'
    if (refunds.some(({ id }) => id === refundId) || (isRest && payment.status !== 'succeeded')) continue
    const left = payment.status === 'succeeded' ? leftToRefund(payment.amount, refunds) : 0
    decided.push({ ...refundOf(refundId, isRest ? left : amount, left), orderId, reason })
  }
  return decided
}

/** The refund that ends a payment has the id of its order. */
export const isOfOrder = ({ id, orderId }: Pick<DueRefund, 'id' | 'orderId'>) => id === orderId

export interface DueRefund extends Deadline {
  id: string
  orderId: string
  paymentId: string
  /** The key that the payment was charged under. */
  chargeKey: string
  /** Counts the idempotency keys, from 1; a charge under an earlier key counts, too. */
  keyNumber: number
  amount: number
  /** Of the payment. */
  captured: number
  currency: string
  attempts: number
  /** What the last attempt failed with; `declined` when an operator retries a refund that the provider declined. */
  trouble: string | null
  troubleCount: number
  firstAttemptAt: Date
  /** Of the attempt before; null when there was none. */
  lastAttemptAt: Date | null
  /** When the last attempt was begun whose call may still be on its way: 1970 when none is, null when all have an answer. */
  unknownAt: Date | null
  /** Milliseconds since `unknownAt`, by the database's clock. */
  sinceUnknownMs: number | null
  traceparent: string | null
}

/** Several providers repeat a declined or failed answer under the same key, so a new attempt may need another one. */
export const refundKey = (refundId: string, keyNumber: number) =>
  keyNumber === 1 ? refundId : `${refundId}-${keyNumber}`

export const refundKeys = ({ id, keyNumber }: Pick<DueRefund, 'id' | 'keyNumber'>): string[] =>
  Array.from({ length: keyNumber }, (_, n) => refundKey(id, keyNumber - n))

const declined = 'declined'

/** Whether another answer can be expected only under another key. */
export const needsNewRefundKey = (refund: Pick<DueRefund, 'trouble' | 'troubleCount' | 'keyNumber'>): boolean =>
  refund.trouble === declined || repeatsFailure(refund, refund.keyNumber)

/** Repeating it does no harm, as there is nothing left to refund. */
export const isWhole = ({ amount, captured }: Pick<DueRefund, 'amount' | 'captured'>): boolean => amount === captured

/** Whether to look it up first: any attempt without an answer that says otherwise may have refunded it. */
export const mayBeGiven = (refund: Pick<DueRefund, 'amount' | 'captured' | 'unknownAt' | 'keyNumber'>): boolean =>
  !isWhole(refund) && (refund.unknownAt !== null || refund.keyNumber > 1)

export type RefundAnswer = Refunded | { outcome: 'wait'; forMs: number } | ({ outcome: 'error' } & Trouble)

export interface RefundVerdict {
  status: 'due' | 'given' | 'failed'
  /** Why it failed. */
  cause?: string
  /**
   * Of which attempts it is known what became of them; the others may still be carried out. `arrived`: of none, but the
   * call of the last is on its way no longer.
   */
  known: 'all' | 'last' | 'arrived' | 'none'
  trouble?: string
  troubleCount?: number
  nextAttemptInMs?: number
}

/** Decides what becomes of a refund, as `verdict` does for a charge. */
export function refundVerdict(refund: DueRefund, answer: RefundAnswer, others: OthersAnswered): RefundVerdict {
  switch (answer.outcome) {
    case 'refunded':
      return { status: 'given', known: 'all' }
    case 'declined':
      return failed(answer.reason)
    case 'wait':
      return { ...unchanged(refund), status: 'due', known: 'last', nextAttemptInMs: answer.forMs }
    case 'error':
      return isRefusal(answer, others) ? afterRefusal(refund, answer) : afterTrouble(refund, answer, others)
  }
}

const failed = (reason: string): RefundVerdict => ({
  status: 'failed',
  cause: reasonCode(reason),
  known: 'all', // an earlier attempt under this key gets the same answer
  trouble: declined,
})

const unchanged = ({ trouble, troubleCount }: DueRefund) => ({ ...(trouble !== null && { trouble }), troubleCount })

/** For how many milliseconds an attempt with an unknown result may still be carried out; 0: there is none. */
export const mayBeCarriedOutForMs = (refund: Pick<DueRefund, 'unknownAt' | 'sinceUnknownMs'>): number =>
  refund.unknownAt === null ? 0 : mayArriveForMs(refund)

/** While an earlier attempt may still be carried out, a refusal does not count. */
function afterRefusal(refund: DueRefund, { code, reason }: Trouble): RefundVerdict {
  const forMs = mayBeCarriedOutForMs(refund)
  return forMs > 0
    ? { status: 'due', known: 'last', trouble: code, nextAttemptInMs: forMs }
    : failed(reason ?? `refused_${code}`)
}

function afterTrouble(refund: DueRefund, trouble: Trouble, others: OthersAnswered): RefundVerdict {
  const troubleCount = countOf(trouble, refund, others)
  const isStuck = troubleCount >= sameTroubleUntilStuck
  return {
    status: isStuck ? 'failed' : 'due',
    ...(isStuck && { cause: reasonCode(`no_answer_${trouble.code}`) }),
    known: trouble.kind !== 'not_known' ? 'last' : hasArrived(trouble) ? 'arrived' : 'none',
    trouble: trouble.code,
    troubleCount,
    nextAttemptInMs: pauseAfterTrouble(refund, trouble),
  }
}
