import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { queueFloor } from '@docket/chassis/database/queue-floor.ts'
import type { Logger } from '@docket/chassis/log.ts'
import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'
import type { Sweep } from '@docket/chassis/sweeps.ts'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { calling } from '@docket/chassis/tracing/tracing.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { coalesced } from '@docket/foundation/coalescing.ts'
import { risingFloor } from '@docket/foundation/rising-floor.ts'
import { underWay } from '@docket/foundation/under-way.ts'
import { expectLease, isLeasedAgain, leaseMs, waitForMs } from './lease.ts'
import {
  isToEnd,
  mayArriveForMs,
  mayBeTaken,
  needsNewKey,
  verdict,
  type AttemptRecord,
  type Charging,
  type DuePayment,
  type ProviderAnswer,
  type Verdict,
} from './payment.ts'
import {
  blankTokens,
  leaseDue,
  lookAtDue,
  lockLeased,
  othersAnswered,
  recordAttempts,
  replaceKey,
  savePayments,
  type Choice,
  type LockedCharge,
  type SavedPayment,
} from './payment.store.ts'
import { callsAtOnce, type CallWatch } from './provider.steps.ts'
import { noAnswerWithin, troubleOf, type Charged, type PaymentProvider } from './provider.ts'
import { refund } from './refund.steps.ts'

const lookAgainMs = 5_000
const begunMs = 60_000 // a transaction has written by then: it may be idle for 10 s, and a statement has 15 s

/**
 * Charges what is due, in two transactions with the provider's call between them: the first leases the payments, mostly
 * as it claims them, the second saves the answers with their events, coalescing those that arrived together. After a
 * crash in between, a payment is looked up before it is charged again. A slow answer delays no other payment.
 */
export function processPayments(
  provider: (db: Database) => PaymentProvider,
  watch: CallWatch,
  log: Pick<Logger, 'warn'>,
): PaymentSweep {
  const calls = chargingCalls(provider, watch, log)
  let lastRoom = 0
  let hasLeasedAll = false
  let running: Database | undefined
  const floor = queueFloor(async from => running && lookAtDue(running.read, from), risingFloor(begunMs))

  return {
    name: 'charge',
    everyMs: 500,
    afterBatch() {
      const mayBeDue = !hasLeasedAll
      hasLeasedAll = false
      return mayBeDue
    },
    async lease(tx) {
      const room = running && !watch.isOpen() ? calls.roomNow() : 0
      const due = room > 0 ? await leaseDue(tx, room, leaseMs, 'all', floor.from()) : []
      hasLeasedAll = due.length < room
      return due
    },
    begin(leased) {
      if (running) calls.begin(running, leased) // otherwise the service is ending, and its leases with it
    },
    async run(db) {
      running = db
      const { room, choice } = roomIn(watch, calls.roomNow() || (await calls.room()))
      lastRoom = room
      const due = await db.transaction(tx => leaseDue(tx, room, leaseMs, choice, floor.from()))
      calls.begin(db, due)
      return due.length
    },
    hasMore: done => done > 0 && done === lastRoom, // fewer: those were all, and a transaction to see that is saved
    async finish() {
      await calls.finish()
      running = undefined
    },
  }
}

/** The calls of the provider that are under way, each with its answer saved. */
function chargingCalls(provider: (db: Database) => PaymentProvider, watch: CallWatch, log: Pick<Logger, 'warn'>) {
  const calls = underWay(callsAtOnce)
  let saveLater: ((results: ProviderResult[]) => Promise<void>) | undefined

  const chargeOrLookUp = async (db: Database, payment: DuePayment) => {
    const limitMs = waitForMs(payment, performance.now())
    if (limitMs === undefined) return // it is leased again
    const results = await askProvider({ provider: provider(db), db, limitMs }, payment)
    const saved = async (some: ProviderResult[]) => {
      const decided = await failpoint('save-answers', () => db.transaction(tx => save(tx, some), causesOf(some)))
      for (const one of some) note(watch, one, decided.get(one.payment.orderId))
    }
    saveLater ??= coalesced(saved)
    // one result that cannot be saved must not keep the others from being saved
    await saveLater([results]).catch(() => saved([results]))
  }

  return {
    ...calls,
    begin(db: Database, due: readonly DuePayment[]): void {
      for (const payment of due)
        calls.add(
          chargeOrLookUp(db, payment).catch((error: unknown) =>
            log.warn(
              { err: error, orderId: payment.orderId },
              'could not save an answer of the provider; the payment will be looked up',
            ),
          ),
        )
    },
  }
}

export interface PaymentSweep extends Sweep, Charging<Tx> {
  afterBatch(): boolean
  finish(): Promise<void>
}

function roomIn(watch: CallWatch, wanted: number): { room: number; choice: Choice } {
  const { room, isProbe } = watch.room(wanted)
  if (room === 0) return { room: wanted, choice: 'free' }
  return { room, choice: isProbe ? 'probe' : 'all' }
}

/** What ended a payment, or refused it, is an answer; undefined `decided`: another replica has processed it. */
function note(watch: CallWatch, { answer, attempts }: ProviderResult, decided: Verdict | undefined): void {
  if (attempts.length === 0) return // no call was made
  if (answer.outcome !== 'error' || answer.kind === 'refused' || decided?.status === 'failed') watch.answered()
  else watch.failed(answer)
}

interface ProviderResult {
  payment: DuePayment
  answer: ProviderAnswer
  attempts: AttemptRecord[]
  key: string
  traceparent: string | undefined
}

const causesOf = (results: readonly ProviderResult[]) =>
  new Map(
    results.flatMap(({ payment, traceparent }) =>
      traceparent === undefined ? [] : [[payment.orderId, traceparent] as const],
    ),
  )

interface Resources {
  provider: PaymentProvider
  db: Database
  limitMs: number
}

function askProvider(at: Resources, payment: DuePayment): Promise<ProviderResult> {
  const call = {
    name: 'charge',
    traceparent: payment.traceparent ?? undefined,
    attributes: {
      'peer.service': 'payment-provider',
      'docket.order.id': payment.orderId,
      'docket.payment.id': payment.id,
      'docket.attempt': payment.attempts + 1,
    },
  }
  const troubleIn = ({ answer }: ProviderResult) => (answer.outcome === 'error' ? answer.message : undefined)
  return calling(call, async traceparent => ({ ...(await attempt(at, payment)), traceparent }), troubleIn)
}

/** Never rejects, because a failing provider is a result, too. */
async function attempt(at: Resources, payment: DuePayment): Promise<Omit<ProviderResult, 'traceparent'>> {
  const call: Call = { kind: 'charge', key: payment.key, attempts: [] }
  try {
    const answer = await withTimeLimit(at.limitMs, answerOf(at, payment, call), () => noAnswerWithin(at.limitMs))
    return { payment, answer, attempts: call.attempts, key: call.key }
  } catch (error) {
    const trouble = troubleOf(error)
    const answered = trouble.kind === 'refused' && call.kind === 'charge' // as good as a decline in a 200
    const record = { kind: call.kind, outcome: answered ? 'declined' : 'error', answer: trouble.message } as const
    return { payment, answer: { outcome: 'error', ...trouble }, attempts: [...call.attempts, record], key: call.key }
  }
}

interface Call {
  kind: AttemptRecord['kind']
  key: string
  attempts: AttemptRecord[]
}

async function answerOf(at: Resources, payment: DuePayment, call: Call): Promise<ProviderAnswer> {
  if (mayBeTaken(payment) && payment.amount > 0) {
    const found = await findCharge(at, payment, call)
    if (found) return found
    // neither an end nor another key while a charge may still arrive
    const forMs = isToEnd(payment) || needsNewKey(payment) ? mayArriveForMs(payment) : 0
    if (forMs > 0) return { outcome: 'wait', forMs: Math.min(forMs, lookAgainMs) }
  }
  if (isToEnd(payment)) return { outcome: 'untaken' }
  if (payment.amount === 0) return { outcome: 'captured', reference: 'nothing_to_charge' }
  if (mayBeTaken(payment) && needsNewKey(payment)) await useNewKey(at, payment, call)
  return charge(at, payment, call)
}

/** What became of earlier attempts, under every key that was used; undefined: the provider knows of none. */
async function findCharge({ provider }: Resources, payment: DuePayment, call: Call): Promise<Charged | undefined> {
  call.kind = 'ask'
  let declined: Charged | undefined
  for (const key of [payment.key, ...payment.formerKeys]) {
    const found = await provider.find(key)
    call.attempts.push({ kind: 'ask', outcome: found.outcome })
    if (found.outcome === 'captured') {
      call.key = key
      return found
    }
    if (found.outcome === 'declined') declined = found
  }
  return declined
}

/**
 * The provider knows nothing under the old key. The old key is kept, so that a charge under it is found should it
 * arrive after all.
 */
async function useNewKey({ db }: Resources, payment: DuePayment, call: Call): Promise<void> {
  expectLease(payment, performance.now())
  call.key = await db.transaction(tx => replaceKey(tx, payment))
}

async function charge({ provider }: Resources, payment: DuePayment, call: Call): Promise<Charged> {
  expectLease(payment, performance.now())
  call.kind = 'charge'
  const { id: paymentId, amount, currency, token } = payment
  const charged = await failpoint('charge', () =>
    provider.charge({ key: call.key, paymentId, amount, currency, token }),
  )
  const answer = charged.outcome === 'declined' ? charged.reason : charged.reference
  call.attempts.push({ kind: 'charge', outcome: charged.outcome, answer })
  return charged
}

/**
 * Payments that another replica has processed meanwhile are left out, so that their events are not published twice. Of
 * one that it has leased meanwhile, only a capture counts: anything else is for the last attempt to say.
 */
async function save(tx: Tx, results: readonly ProviderResult[]): Promise<Map<string, Verdict>> {
  const locked = await lockLeased(
    tx,
    results.map(one => one.payment),
  )
  recordAttempts(
    tx,
    results.flatMap(({ payment, attempts }) => attempts.map(attempt => ({ ...attempt, paymentId: payment.id }))),
  )
  const troubled = results.filter(({ answer }) => answer.outcome === 'error').map(({ payment }) => payment)
  const others = troubled.length > 0 ? await othersAnswered(tx, troubled) : new Map<string, never>()
  const resolved = results.flatMap(({ payment, answer, key }) => {
    const now = locked.get(payment.orderId)
    if (!now || (isLeasedAgain(payment, now) && answer.outcome !== 'captured')) return []
    const decided = verdict(payment, now, answer, others.get(payment.id) ?? noOthers)
    return [{ ...decided, orderId: payment.orderId, key, unknownAt: payment.unknownAt }]
  })
  const saved = await savePayments(tx, resolved)
  await publish(tx, saved.flatMap(toEvent))
  await refundCancelled(
    tx,
    saved.flatMap(({ orderId, status }) => (status === 'refunding' ? (locked.get(orderId) ?? []) : [])),
  )
  return new Map(resolved.map(one => [one.orderId, one]))
}

const noOthers = { sinceFirstAttempt: false, sinceLastAttempt: false }

/** Their orders were cancelled while their cards were being charged. */
async function refundCancelled(tx: Tx, charges: readonly LockedCharge[]): Promise<void> {
  if (charges.length === 0) return
  await refund(
    tx,
    new Map(charges.map(charge => [charge.orderId, { ...charge, status: 'succeeded', refunds: [] }])),
    charges.map(({ orderId, reason }) => ({
      orderId,
      refundId: orderId,
      amount: 'rest',
      reason: reason ?? 'requested',
    })),
  )
}

function toEvent({ orderId, id, status, amount, currency, reason, version }: SavedPayment): OutgoingEvent[] {
  if (status !== 'succeeded' && status !== 'failed') return []
  const data = { orderId, paymentId: id, amount, currency }
  const event = { key: orderId, sequence: version }
  switch (status) {
    case 'succeeded':
      return [{ ...event, type: 'payment.succeeded', data }]
    case 'failed':
      return [{ ...event, type: 'payment.failed', data: { ...data, reason: reason ?? 'declined' } }]
  }
}

const blankedAtOnce = 1_000

/** Not needed any more when no update comes from a release that keeps tokens. */
export const forgetsTokens: Sweep = {
  name: 'forget tokens',
  everyMs: 5_000,
  async run(db) {
    await db.transaction(async tx => blankTokens(tx, blankedAtOnce))
    return 0 // a million of them do not hold up other work
  },
}
