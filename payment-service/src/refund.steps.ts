import type { Tx } from '@docket/chassis/database/database.ts'
import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'
import { mayPublish } from '@docket/chassis/messaging/published-types.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import { decideRefunds, goodwill, isOfOrder, leftToRefund, mayRetry, type RefundRequest } from './refund.ts'
import {
  findRefund,
  lockRefundable,
  markByHand,
  retryFailed,
  savePaymentsOfRefunds,
  saveRefunds,
  type LockedPayment,
  type NewRefund,
  type RefundedPayment,
  type RefundRow,
  type SavedRefund,
} from './refund.store.ts'

/** Decides and saves refunds of locked payments; the provider is called by a sweep. */
export async function refund(
  tx: Tx,
  payments: ReadonlyMap<string, LockedPayment>,
  requests: readonly RefundRequest[],
): Promise<void> {
  const amountOf = new Map(requests.map(({ refundId, amount }) => [refundId, amount]))
  await addRefunds(
    tx,
    payments,
    decideRefunds(payments, requests).map(one => {
      const requested = amountOf.get(one.id)
      const isRest = requested === 'rest'
      return { ...one, isRest, requested: typeof requested === 'number' ? requested : one.amount }
    }),
  )
}

/** Publishes those of 0 at once, because they are given without the provider. */
async function addRefunds(
  tx: Tx,
  payments: ReadonlyMap<string, LockedPayment>,
  refunds: readonly NewRefund[],
): Promise<void> {
  if (refunds.length === 0) return
  await saveRefunds(tx, refunds)
  const given = refunds.filter(({ status }) => status === 'given')
  const { events } = eventsOf(
    payments,
    given.map(one => ({ ...one, cause: null, attempts: 0 })),
  )
  await publish(tx, events)
}

/** Saves what became of refunds in their locked payments, and publishes it. */
export async function settleRefunds(
  tx: Tx,
  payments: ReadonlyMap<string, LockedPayment>,
  refunds: readonly SavedRefund[],
): Promise<void> {
  const { events, versions } = eventsOf(payments, refunds)
  const rests = new Map(refunds.filter(isOfOrder).map(one => [one.orderId, restAfter(one)]))
  savePaymentsOfRefunds(
    tx,
    [...versions].map(([orderId, version]) => ({ orderId, version, rest: rests.get(orderId) })),
  )
  await publish(tx, events)
}

export interface Goodwill {
  id: string
  orderId: string
  amount: number
  note: string
  operator: string
}

export async function giveGoodwill(tx: Tx, given: Goodwill): Promise<Refused | undefined> {
  // a replica of the release before refunds all of a payment when its order is cancelled
  if (!mayPublish('payment.refund_failed'))
    return refused('not_yet', 'An update is under way: goodwill can be given once every service runs the new release.')
  const payments = await lockRefundable(tx, [given.orderId])
  const payment = payments.get(given.orderId)
  if (!payment) return refused('not_found', 'There is no payment for this order.')
  if (payment.status !== 'succeeded')
    return refused('not_paid', `This payment is ${payment.status}; only one that succeeded can be refunded.`)
  const decided = goodwill(given.id, given.amount, leftToRefund(payment.amount, payment.refunds), payment.currency)
  if (isRefused(decided)) return decided
  const { orderId, amount: requested, note, operator } = given
  await addRefunds(tx, payments, [
    { ...decided, orderId, requested, reason: 'goodwill', note, decidedBy: operator, isRest: false },
  ])
  return undefined
}

export async function retryRefund(tx: Tx, id: string): Promise<Refused | undefined> {
  const failed = await lockFailed(tx, id)
  if (isRefused(failed)) return failed
  const { payment, refund: retried } = failed
  retryFailed(tx, id)
  savePaymentsOfRefunds(tx, [
    { orderId: payment.orderId, version: payment.version, rest: isOfOrder(retried) ? 'due' : undefined },
  ])
  return undefined
}

export async function giveByHand(tx: Tx, id: string, operator: string): Promise<Refused | undefined> {
  const failed = await lockFailed(tx, id)
  if (isRefused(failed)) return failed
  const { payment, refund: given } = failed
  markByHand(tx, id, operator)
  await settleRefunds(tx, new Map([[payment.orderId, payment]]), [{ ...given, status: 'by_hand', attempts: 0 }])
  return undefined
}

/** A retry and a refund by hand wait for each other here, and the second finds it not failed. */
async function lockFailed(tx: Tx, id: string): Promise<{ payment: LockedPayment; refund: RefundRow } | Refused> {
  const found = await findRefund(tx, id)
  const payment = found && (await lockRefundable(tx, [found.orderId])).get(found.orderId)
  const now = payment?.refunds.find(one => one.id === id)
  if (!found || !payment || !now) return refused('not_found', 'There is no such refund.')
  if (!mayRetry(now)) return refused('not_failed', `This refund is ${now.status}; it is not waiting for an operator.`)
  return { payment, refund: { ...found, ...now } }
}

function restAfter({ status }: SavedRefund): RefundedPayment['rest'] {
  switch (status) {
    case 'given':
    case 'by_hand':
      return 'refunded'
    case 'failed':
      return 'stuck'
    case 'due':
      return 'due'
  }
}

/** Each event is the next version of its payment. */
function eventsOf(payments: ReadonlyMap<string, LockedPayment>, refunds: readonly SavedRefund[]) {
  const versions = new Map<string, number>()
  const events: OutgoingEvent[] = []
  for (const one of refunds) {
    const payment = payments.get(one.orderId)
    if (!payment) throw new Error(`refund ${one.id} is about order ${one.orderId}, whose payment is not locked`)
    const version = versions.get(one.orderId) ?? payment.version
    const event = toEvent(payment, one, version + 1)
    if (event) events.push(event)
    versions.set(one.orderId, version + Number(event !== undefined))
  }
  return { events, versions }
}

function toEvent(payment: LockedPayment, refund: SavedRefund, sequence: number): OutgoingEvent | undefined {
  const { orderId, paymentId, currency } = payment
  const { id: refundId, amount, reason, status, cause, attempts } = refund
  const event = { key: orderId, sequence }
  const data = { orderId, paymentId, amount, currency }
  switch (status) {
    case 'due':
      return undefined
    case 'given':
    case 'by_hand':
      return {
        ...event,
        type: 'payment.refunded',
        data: {
          ...data,
          reason,
          ...(!isOfOrder(refund) && { refundId }),
          ...(status === 'by_hand' && { byHand: true }),
        },
      }
    case 'failed':
      if (!mayPublish('payment.refund_failed')) return undefined
      return {
        ...event,
        type: 'payment.refund_failed',
        data: { ...data, refundId, reason: cause ?? 'declined', attempt: Math.max(1, attempts) },
      }
  }
}
