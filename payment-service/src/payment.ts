import { doublingMs } from '@docket/foundation/backoff.ts'
import type { Deadline } from './lease.ts'
import type { Charged, Trouble } from './provider.ts'
import type { PaymentStatus } from '@docket/contract/terms.ts'

/** Charges payments as soon as they are claimed, without a transaction of its own between the two. */
export interface Charging<Tx> {
  /** Leases what is due, in the transaction that claims it. */
  lease(tx: Tx): Promise<readonly DuePayment[]>
  /** Called once that is committed. */
  begin(leased: readonly DuePayment[]): void
}

export interface DuePayment extends Deadline {
  orderId: string
  id: string
  key: string
  /** Previous keys, because a charge under one of them counts. */
  formerKeys: readonly string[]
  /** Minor units of the currency. */
  amount: number
  currency: string
  token: string
  attempts: number
  answered: number
  cancelled: boolean
  givenUp: boolean
  reason: string | null
  /** What the last attempt failed with; null when none has. */
  trouble: string | null
  troubleCount: number
  firstAttemptAt: Date
  /** Of the attempt before; null when there was none. */
  lastAttemptAt: Date | null
  /** When the last attempt before was begun whose call may still be on its way: 1970 when none is, null before the first. */
  unknownAt: Date | null
  /** Milliseconds since `unknownAt`, by the database's clock, since those of the replicas differ. */
  sinceUnknownMs: number | null
  /** W3C trace context of what caused it; null when that is not known. */
  traceparent: string | null
}

export type ProviderAnswer =
  Charged | { outcome: 'untaken' } | { outcome: 'wait'; forMs: number } | ({ outcome: 'error' } & Trouble)

export interface AttemptRecord {
  kind: 'charge' | 'ask' | 'refund'
  /** For a refund, or a question about one. */
  refundId?: string | undefined
  outcome: 'captured' | 'declined' | 'unknown' | 'refunded' | 'error'
  answer?: string | undefined
}

/** Kept in memory, so each replica has its own view of the provider. */
export interface ProviderState {
  breaker: 'open' | 'closed'
  misconfigured?: string
}

/** The card may have been charged as long as any attempt has no answer that says otherwise. */
export const mayBeTaken = ({ attempts, answered }: Pick<DuePayment, 'attempts' | 'answered'>) => attempts > answered

export const isToEnd = ({ cancelled, givenUp }: Pick<DuePayment, 'cancelled' | 'givenUp'>) => cancelled || givenUp

// longer than a proxy or the provider itself holds a request whose client is gone
const callArrivesWithinMs = 48_000

/** For how many milliseconds a charge or a refund with an unknown result may still arrive; 0: it will not. */
export const mayArriveForMs = ({ sinceUnknownMs }: Pick<DuePayment, 'sinceUnknownMs'>) =>
  Math.max(0, callArrivesWithinMs - (sinceUnknownMs ?? 0))

const isFailure = (code: string) => /^5\d\d$/.test(code)

/**
 * Whether the provider has done with the call, whatever it made of it. A 5xx says so, unless it is a gateway's that has
 * waited for the provider in vain.
 */
export const hasArrived = ({ kind, code }: Pick<Trouble, 'kind' | 'code'>) =>
  kind !== 'not_known' || (isFailure(code) && code !== '502' && code !== '504')

const answersUnderOneKey = 4 // fewer may be accidents; a provider that stores its 500 repeats it forever

/**
 * Whether the provider seems to repeat a stored failure under this key. Ask only for a payment that the provider does
 * not know.
 */
export const needsNewKey = ({ formerKeys, ...payment }: Pick<DuePayment, 'trouble' | 'troubleCount' | 'formerKeys'>) =>
  repeatsFailure(payment, formerKeys.length + 1)

export const repeatsFailure = (
  { trouble, troubleCount }: Pick<DuePayment, 'trouble' | 'troubleCount'>,
  keysUsed: number,
): boolean => trouble !== null && isFailure(trouble) && troubleCount >= answersUnderOneKey * keysUsed

/** Providers word their reasons differently, so they are reduced to what the event may carry. */
export const reasonCode = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
    .replace(/_$/, '') || 'declined'

export interface OthersAnswered {
  sinceFirstAttempt: boolean
  sinceLastAttempt: boolean
}

export interface Verdict {
  status: PaymentStatus
  reason?: string
  reference?: string
  /** Nothing was charged by this attempt, nor will be. */
  answered?: true
  /** Its call is on its way no longer. */
  arrived?: true
  trouble?: string
  troubleCount?: number
  stuck?: true
  nextAttemptInMs?: number
}

export const sameTroubleUntilStuck = 10

/**
 * Decides what becomes of a payment, from the answer, the earlier attempts, and whether others were answered meanwhile.
 * The state is that of the locked row, because a cancellation may have arrived since the lease.
 */
export function verdict(
  payment: DuePayment,
  now: Pick<DuePayment, 'cancelled'>,
  answer: ProviderAnswer,
  others: OthersAnswered,
): Verdict {
  switch (answer.outcome) {
    case 'captured': // an order that was cancelled while its card was charged gets its money back at once
      return { status: now.cancelled ? 'refunding' : 'succeeded', reference: answer.reference }
    case 'declined':
      return { status: 'failed', reason: reasonCode(answer.reason) }
    case 'untaken':
      return now.cancelled ? { status: 'void' } : { status: 'failed', reason: 'given_up' }
    case 'wait':
      return { ...unchanged(payment), status: 'charging', answered: true, arrived: true, nextAttemptInMs: answer.forMs }
    case 'error':
      return isRefusal(answer, others) ? afterRefusal(payment, answer) : afterTrouble(payment, answer, others)
  }
}

const unchanged = ({ trouble, troubleCount }: DuePayment) => ({ ...(trouble !== null && { trouble }), troubleCount })

export const isRefusal = ({ kind }: Trouble, others: OthersAnswered): boolean =>
  kind === 'refused' || (kind === 'ambiguous' && others.sinceFirstAttempt)

/**
 * After an attempt with an unknown result, a refusal does not count until the charge of that attempt can no longer
 * arrive. The provider was asked before the refusal, and had no charge.
 */
function afterRefusal(payment: DuePayment, { code, reason }: Trouble): Verdict {
  const forMs = mayBeTaken(payment) ? mayArriveForMs(payment) : 0
  return forMs > 0
    ? { status: 'charging', trouble: code, answered: true, arrived: true, nextAttemptInMs: forMs }
    : { status: 'failed', reason: reasonCode(reason ?? `refused_${code}`) }
}

function afterTrouble(payment: DuePayment, trouble: Trouble, others: OthersAnswered): Verdict {
  const troubleCount = countOf(trouble, payment, others)
  return {
    status: 'charging',
    trouble: trouble.code,
    troubleCount,
    ...(trouble.kind !== 'not_known' && { answered: true as const }),
    ...(hasArrived(trouble) && { arrived: true as const }),
    ...(troubleCount >= sameTroubleUntilStuck && { stuck: true as const }),
    nextAttemptInMs: pauseAfterTrouble(payment, trouble),
  }
}

/** How often in a row the same trouble occurred while others were answered; failures during an outage do not count. */
export const countOf = (
  { code }: Trouble,
  { trouble, troubleCount }: Pick<DuePayment, 'trouble' | 'troubleCount'>,
  others: OthersAnswered,
): number => (trouble === code ? troubleCount : 0) + Number(others.sinceLastAttempt)

export const pauseAfterTrouble = ({ attempts }: Pick<DuePayment, 'attempts'>, { retryAfterMs }: Trouble): number =>
  Math.max(pauseAfter(attempts + 1), retryAfterMs ?? 0)

// the breaker spares an unavailable provider; the longest pause determines how soon its return is noticed
const pauses = { firstMs: 200, longestMs: 5_000 }

export const pauseAfter = (attempts: number) => doublingMs(attempts, pauses)
