import type { Database, Tx } from '@docket/chassis/database/database.ts'
import type { Logger } from '@docket/chassis/log.ts'
import type { Sweep } from '@docket/chassis/sweeps.ts'
import { calling } from '@docket/chassis/tracing/tracing.ts'
import { coalesced } from '@docket/foundation/coalescing.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { underWay } from '@docket/foundation/under-way.ts'
import type { AttemptRecord } from './payment.ts'
import { recordAttempts } from './payment.store.ts'
import { expectLease, isLeasedAgain, leaseMs, waitForMs } from './lease.ts'
import { callsAtOnce, type CallWatch } from './provider.steps.ts'
import { noAnswerWithin, troubleOf, type PaymentProvider, type RefundCall, type Refunded } from './provider.ts'
import {
  isOfOrder,
  isWhole,
  mayBeCarriedOutForMs,
  mayBeGiven,
  needsNewRefundKey,
  refundKey,
  refundKeys,
  refundVerdict,
  type DueRefund,
  type RefundAnswer,
  type RefundVerdict,
} from './refund.ts'
import { settleRefunds } from './refund.steps.ts'
import {
  adoptRefunds,
  leaseRefunds,
  lockRefundable,
  othersRefunded,
  putOffTakeover,
  replaceRefundKey,
  saveVerdicts,
} from './refund.store.ts'

export interface RefundSweep extends Sweep {
  finish(): Promise<void>
}

/** Gives back what is due, in two transactions with the provider's call between them, as charges are made. */
export function processRefunds(
  provider: (db: Database) => PaymentProvider,
  watch: CallWatch,
  log: Pick<Logger, 'warn'>,
): RefundSweep {
  const calls = underWay(callsAtOnce)
  let saveLater: ((results: RefundResult[]) => Promise<void>) | undefined

  const giveBack = async (db: Database, refund: DueRefund) => {
    const limitMs = waitForMs(refund, performance.now())
    if (limitMs === undefined) return // it is leased again
    const result = await askProvider({ provider: provider(db), db, limitMs }, refund)
    const saved = async (some: RefundResult[]) => {
      const decided = await failpoint('save-refunds', () => db.transaction(tx => save(tx, some), causesOf(some)))
      for (const one of some) note(watch, one, decided.get(one.refund.id))
    }
    saveLater ??= coalesced(saved)
    // one result that cannot be saved must not keep the others from being saved
    await saveLater([result]).catch(() => saved([result]))
  }

  return {
    name: 'refund',
    everyMs: 500, // not after each batch: most have no refund, and would pay for the look
    async run(db) {
      const { room, isProbe } = watch.room(calls.roomNow() || (await calls.room()))
      if (room === 0) return 0
      const due = await db.transaction(tx => leaseRefunds(tx, room, leaseMs, isProbe ? 'probe' : 'all'))
      for (const refund of due)
        calls.add(
          giveBack(db, refund).catch((error: unknown) =>
            log.warn(
              { err: error, orderId: refund.orderId, refundId: refund.id },
              'could not save an answer of the provider; the refund will be looked up',
            ),
          ),
        )
      return due.length
    },
    finish: () => calls.finish(),
  }
}

const adoptedAtOnce = 1_000

/**
 * Replicas of the release before, during an update or after a rollback, keep what they refund in the payment only. This
 * gives it a row in `refunds`. Not needed any more when no update comes from a release without that table.
 */
export const adoptsRefunds: Sweep = {
  name: 'adopt refunds',
  everyMs: 5_000,
  async run(db) {
    await db.transaction(async tx => {
      adoptRefunds(tx, adoptedAtOnce)
      putOffTakeover(tx, adoptedAtOnce)
    })
    return 0 // a million of them do not hold up other work
  },
}

function note(watch: CallWatch, { answer, attempts }: RefundResult, decided: RefundVerdict | undefined): void {
  if (attempts.length === 0) return // no call was made
  if (answer.outcome !== 'error' || answer.kind === 'refused' || decided?.status === 'failed') watch.answered()
  else watch.failed(answer)
}

interface RefundResult {
  refund: DueRefund
  answer: RefundAnswer
  attempts: AttemptRecord[]
  traceparent: string | undefined
}

const causesOf = (results: readonly RefundResult[]) =>
  new Map(
    results.flatMap(({ refund, traceparent }) =>
      traceparent === undefined ? [] : [[refund.orderId, traceparent] as const],
    ),
  )

interface Resources {
  provider: PaymentProvider
  db: Database
  limitMs: number
}

function askProvider(at: Resources, refund: DueRefund): Promise<RefundResult> {
  const call = {
    name: 'refund',
    traceparent: refund.traceparent ?? undefined,
    attributes: {
      'peer.service': 'payment-provider',
      'docket.order.id': refund.orderId,
      'docket.payment.id': refund.paymentId,
      'docket.refund.id': refund.id,
      'docket.attempt': refund.attempts + 1,
    },
  }
  const troubleIn = ({ answer }: RefundResult) => (answer.outcome === 'error' ? answer.message : undefined)
  return calling(call, async traceparent => ({ ...(await attempt(at, refund)), traceparent }), troubleIn)
}

/** Never rejects, because a failing provider is a result, too. */
async function attempt(at: Resources, refund: DueRefund): Promise<Omit<RefundResult, 'traceparent'>> {
  const call: Call = { kind: 'refund', attempts: [] }
  const recorded = (outcome: AttemptRecord['outcome'], answer: string) =>
    call.attempts.concat({ kind: call.kind, refundId: refund.id, outcome, answer })
  try {
    const answer = await withTimeLimit(at.limitMs, answerOf(at, refund, call), () => noAnswerWithin(at.limitMs))
    return { refund, answer, attempts: call.attempts }
  } catch (error) {
    const trouble = troubleOf(error)
    const isDeclined = trouble.kind === 'refused' && call.kind === 'refund' // as good as a decline in a 200
    const attempts = recorded(isDeclined ? 'declined' : 'error', trouble.message)
    return { refund, answer: { outcome: 'error', ...trouble }, attempts }
  }
}

interface Call {
  kind: 'ask' | 'refund'
  attempts: AttemptRecord[]
}

async function answerOf(at: Resources, refund: DueRefund, call: Call): Promise<RefundAnswer> {
  if (refund.amount === 0) return { outcome: 'refunded' } // adopted from the release before
  const isNewKey = needsNewRefundKey(refund)
  if (mayBeGiven(refund)) {
    const found = await findRefund(at, refund, call, isNewKey)
    if (found) return found
  }
  if (!isNewKey) return giveBack(at, refund, call, refundKey(refund.id, refund.keyNumber))
  const forMs = mayBeCarriedOutForMs(refund)
  if (forMs > 0) return { outcome: 'wait', forMs: Math.min(forMs, lookAgainMs) }
  expectLease(refund, performance.now())
  await at.db.transaction(tx => replaceRefundKey(tx, refund)) // stored before it is used
  return giveBack(at, refund, call, refundKey(refund.id, refund.keyNumber + 1))
}

const lookAgainMs = 5_000

const callOf = (refund: DueRefund, key: string): RefundCall => ({
  key,
  refundId: refund.id,
  chargeKey: refund.chargeKey,
  amount: refund.amount,
  currency: refund.currency,
  isWhole: isWhole(refund),
})

/**
 * What became of earlier attempts, under every key that was used; undefined: the provider has not given it. That it
 * declined counts only for the key that is still in use.
 */
async function findRefund(
  { provider }: Resources,
  refund: DueRefund,
  call: Call,
  isNewKey: boolean,
): Promise<Refunded | undefined> {
  call.kind = 'ask'
  let declined: Refunded | undefined
  for (const [at, key] of refundKeys(refund).entries()) {
    const found = await provider.findRefund(key)
    call.attempts.push({ kind: 'ask', refundId: refund.id, outcome: found.outcome })
    if (found.outcome === 'refunded') return found
    if (found.outcome === 'declined' && at === 0 && !isNewKey) declined = found
  }
  return declined
}

async function giveBack({ provider }: Resources, refund: DueRefund, call: Call, key: string): Promise<Refunded> {
  expectLease(refund, performance.now())
  call.kind = 'refund'
  const answer = await failpoint('refund', () => provider.refund(callOf(refund, key)))
  call.attempts.push({
    kind: 'refund',
    refundId: refund.id,
    outcome: answer.outcome,
    ...(answer.outcome === 'declined' && { answer: answer.reason }),
  })
  return answer
}

/**
 * Refunds that are decided already are left out, so that their events are not published twice. Of one that another
 * replica has leased meanwhile, it counts only that it was given.
 */
async function save(tx: Tx, results: readonly RefundResult[]): Promise<Map<string, RefundVerdict>> {
  const payments = await lockRefundable(
    tx,
    results.map(({ refund }) => refund.orderId),
  )
  recordAttempts(
    tx,
    results.flatMap(({ refund, attempts }) => attempts.map(one => ({ ...one, paymentId: refund.paymentId }))),
  )
  const counts = ({ refund, answer }: RefundResult) => {
    const payment = payments.get(refund.orderId)
    const isGivenElsewhere = isOfOrder(refund) && payment?.status === 'refunded' // by the release before: adopted soon
    const now = payment?.refunds.find(({ id, status }) => id === refund.id && status === 'due')
    return now && !isGivenElsewhere && (!isLeasedAgain(refund, now) || answer.outcome === 'refunded')
  }
  const due = results.filter(counts)
  const troubled = due.filter(({ answer }) => answer.outcome === 'error').map(({ refund }) => refund)
  const others = troubled.length > 0 ? await othersRefunded(tx, troubled) : new Map<string, never>()
  const decided = due.map(({ refund, answer }) => ({
    ...refundVerdict(refund, answer, others.get(refund.id) ?? noOthers),
    id: refund.id,
    unknownAt: refund.unknownAt,
  }))
  if (decided.length > 0) await settleRefunds(tx, payments, await saveVerdicts(tx, decided))
  return new Map(decided.map(one => [one.id, one]))
}

const noOthers = { sinceFirstAttempt: false, sinceLastAttempt: false }
