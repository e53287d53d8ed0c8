import type { Database, Tx } from '@docket/chassis/database/database.ts'
import type { Logger } from '@docket/chassis/log.ts'
import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'
import type { Sweep } from '@docket/chassis/sweeps.ts'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { calling } from '@docket/chassis/tracing/tracing.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { coalesced } from '@docket/foundation/coalescing.ts'
import { breaker, type Breaker } from './breaker.ts'
import {
  afterAnswer,
  pauseAfter,
  reasonCode,
  type AttemptRecord,
  type DuePayment,
  type ProviderAnswer,
} from './payment.ts'
import { showBreaker } from './payment.metrics.ts'
import { leaseDue, lockLeased, recordAttempts, savePayments, type SavedPayment } from './payment.store.ts'
import { ProviderUnavailable, type PaymentProvider } from './provider.ts'

const callsAtOnce = 200
const attemptMs = 8_000 // without an answer by then the payment is looked up later
const leaseMs = 10_000 // longer than an attempt; after a crash the payment waits this long

/**
 * Charges and refunds what is due. Two transactions with the provider's call between them: the first leases the
 * payments, the second saves the answers with their events, coalescing those that came together. After a crash in
 * between, a payment is looked up before it is charged again. A slow answer keeps no other payment waiting.
 */
export function processPayments(
  provider: (db: Database) => PaymentProvider,
  log: Pick<Logger, 'warn' | 'info'>,
): Sweep & { finish(): Promise<void> } {
  const underWay = new Set<Promise<void>>()
  const fuse = breaker()
  let saveLater: ((results: ProviderResult[]) => Promise<void>) | undefined

  const chargeOrRefund = async (db: Database, payment: DuePayment) => {
    const results = await askProvider(provider(db), payment)
    note(fuse, results.answer, log)
    const saved = (some: ProviderResult[]) =>
      failpoint('save-answers', () => db.transaction(tx => save(tx, some), causesOf(some)))
    saveLater ??= coalesced(saved)
    // one that cannot be saved must not keep those that came with it from it
    await saveLater([results]).catch(() => saved([results]))
  }

  return {
    name: 'charge and refund',
    everyMs: 500,
    afterBatch: true,
    async run(db) {
      if (underWay.size >= callsAtOnce) await Promise.race(underWay)
      const room = fuse.allows(callsAtOnce - underWay.size)
      if (room === 0) return 0
      const due = await db.transaction(tx => leaseDue(tx, room, leaseMs))
      for (const payment of due) {
        const work: Promise<void> = chargeOrRefund(db, payment)
          .catch((error: unknown) =>
            log.warn(
              { err: error, orderId: payment.orderId },
              'could not save an answer of the provider; the payment will be looked up',
            ),
          )
          .finally(() => underWay.delete(work))
        underWay.add(work)
      }
      return due.length
    },
    async finish() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

function note(fuse: Breaker, answer: ProviderAnswer, log: Pick<Logger, 'warn' | 'info'>): void {
  const wasOpen = fuse.isOpen()
  if (answer.outcome === 'error') fuse.failed()
  else fuse.succeeded()
  showBreaker(fuse.isOpen())
  if (fuse.isOpen() && !wasOpen && answer.outcome === 'error')
    log.warn({ reason: answer.message }, 'the payment provider is unavailable; it is tried once a second')
  if (wasOpen && !fuse.isOpen()) log.info('the payment provider is back')
}

interface ProviderResult {
  payment: DuePayment
  answer: ProviderAnswer
  attempts: AttemptRecord[]
  /** Of the call: what comes of it is caused by it. */
  traceparent: string | undefined
}

const causesOf = (results: readonly ProviderResult[]) =>
  new Map(
    results.flatMap(({ payment, traceparent }) =>
      traceparent === undefined ? [] : [[payment.orderId, traceparent] as const],
    ),
  )

/** Calls the provider as part of the trace that caused the payment. */
function askProvider(provider: PaymentProvider, payment: DuePayment): Promise<ProviderResult> {
  const call = {
    name: payment.status === 'refunding' ? 'refund' : 'charge',
    traceparent: payment.traceparent ?? undefined,
    attributes: {
      'peer.service': 'payment-provider',
      'docket.order.id': payment.orderId,
      'docket.payment.id': payment.id,
      'docket.attempt': payment.attempts + 1,
    },
  }
  const troubleIn = ({ answer }: ProviderResult) => (answer.outcome === 'error' ? answer.message : undefined)
  return calling(call, async traceparent => ({ ...(await attempt(provider, payment)), traceparent }), troubleIn)
}

const noAnswer = () => new ProviderUnavailable(`no answer within ${attemptMs / 1_000} s`)

/** Never rejects: a provider that fails is an answer too. */
async function attempt(provider: PaymentProvider, payment: DuePayment): Promise<Omit<ProviderResult, 'traceparent'>> {
  const attempts: AttemptRecord[] = []
  try {
    return {
      payment,
      answer: await withTimeLimit(attemptMs, answerOf(provider, payment, attempts), noAnswer),
      attempts,
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    attempts.push({ kind: payment.status === 'refunding' ? 'refund' : 'charge', outcome: 'error', answer: message })
    return { payment, answer: { outcome: 'error', message }, attempts }
  }
}

async function answerOf(
  provider: PaymentProvider,
  payment: DuePayment,
  attempts: AttemptRecord[],
): Promise<ProviderAnswer> {
  if (payment.status === 'refunding') {
    await failpoint('refund', () => provider.refund(payment.id))
    attempts.push({ kind: 'refund', outcome: 'refunded' })
    return { outcome: 'refunded' }
  }
  if (payment.attempts > 0) {
    // there was an attempt before: the card may be charged
    const found = await provider.find(payment.id)
    attempts.push({ kind: 'ask', outcome: found.outcome })
    if (found.outcome !== 'unknown') return found
  }
  const charge = { paymentId: payment.id, amount: payment.amount, currency: payment.currency, token: payment.token }
  const charged = await failpoint('charge', () => provider.charge(charge))
  attempts.push({
    kind: 'charge',
    outcome: charged.outcome,
    answer: charged.outcome === 'declined' ? charged.reason : charged.reference,
  })
  return charged
}

async function save(tx: Tx, results: readonly ProviderResult[]): Promise<void> {
  const locked = await lockLeased(
    tx,
    results.map(one => one.payment),
  ) // what another replica has processed since is left out
  const resolved = results.flatMap(({ payment, answer }) => {
    const now = locked.get(payment.orderId)
    if (!now) return []
    const status = afterAnswer(now, answer)
    return [
      {
        orderId: payment.orderId,
        status,
        ...(answer.outcome === 'declined' && { reason: reasonCode(answer.reason) }),
        ...(answer.outcome === 'captured' && { reference: answer.reference }),
        ...(answer.outcome === 'error' && { nextAttemptInMs: pauseAfter(payment.attempts + 1) }),
      },
    ]
  })
  const saved = await savePayments(tx, resolved)
  recordAttempts(
    tx,
    results.flatMap(({ payment, attempts }) => attempts.map(attempt => ({ ...attempt, paymentId: payment.id }))),
  )
  await publish(tx, saved.flatMap(toEvent))
}

function toEvent({ orderId, id, status, amount, currency, reason, version }: SavedPayment): OutgoingEvent[] {
  if (status !== 'succeeded' && status !== 'failed' && status !== 'refunded') return []
  const data = { orderId, paymentId: id, amount, currency }
  const event = { key: orderId, sequence: version }
  switch (status) {
    case 'succeeded':
      return [{ ...event, type: 'payment.succeeded', data }]
    case 'failed':
      return [{ ...event, type: 'payment.failed', data: { ...data, reason: reason ?? 'declined' } }]
    case 'refunded':
      return [{ ...event, type: 'payment.refunded', data: { ...data, ...(reason !== null && { reason }) } }]
  }
}
