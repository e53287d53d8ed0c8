import type { Tx } from '@docket/chassis/database/database.ts'
import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'
import { answerRequests, type CancelAnswer } from './cancel-request.store.ts'
import { progress, type LineEvent, type Outcome, type Progress } from './fulfilment.ts'
import {
  claimShipments,
  readFulfilments,
  saveLines,
  saveReturns,
  saveStatuses,
  type StoredFulfilment,
} from './fulfilment.store.ts'
import { areSame, linesByStatus } from './order-lines.ts'
import { countAnswered, countEnded } from './order.metrics.ts'
import { ours } from './order.steps.ts'
import { piecesInWords } from './timeline.ts'
import { writeTimeline } from './timeline.store.ts'
import { statusOfRequest } from './cancel-request.ts'

interface Change extends Progress<StoredFulfilment> {
  before: StoredFulfilment
  answers: readonly CancelAnswer[]
}

/** The orders must be locked. */
export async function progressLines(tx: Tx, events: readonly LineEvent[]): Promise<void> {
  const orders = await readFulfilments(tx, [...new Set(events.map(({ key }) => key))])
  const byOrder = Map.groupBy(events, ({ key }) => key)
  const changes = orders
    .map(before => changeOf(before, byOrder.get(before.id) ?? []))
    .filter(({ before, order }) => order !== before)
  if (changes.length === 0) return
  save(tx, changes)
  const outcomes = changes.flatMap(({ order, outcomes }) => outcomes.map(outcome => ({ order, outcome })))
  writeTimeline(
    tx,
    outcomes.map(({ order: { id }, outcome }) => entryOf(id, outcome)),
  )
  await publish(tx, changes.flatMap(eventsOf))
  tx.afterCommit(() => count(changes))
}

function changeOf(before: StoredFulfilment, events: readonly LineEvent[]): Change {
  let [order, outcomes] = [before, [] as readonly Outcome[]]
  const answers: CancelAnswer[] = []
  for (const event of events) {
    const after = progress(order, event)
    if (event.type === 'shipment.lines_withdrawn' && after.order !== order) {
      const { orderId, requestId, withdrawn, refused } = event.data
      answers.push({ orderId, id: requestId, withdrawn, refused })
    }
    order = after.order
    outcomes = [...outcomes, ...after.outcomes]
  }
  return { before, order, outcomes, answers }
}

function save(tx: Tx, changes: readonly Change[]): void {
  saveStatuses(tx, changes.map(statusOf))
  const stored = changes.filter(hasLines)
  if (stored.length === 0) return
  saveLines(
    tx,
    stored.flatMap(({ order }) => order.lines.map(line => ({ ...line, orderId: order.id }))),
  )
  const shipments = stored.flatMap(({ before, order }) =>
    [...order.shipments.difference(before.shipments)].map(id => ({ orderId: order.id, id })),
  )
  if (shipments.length > 0) claimShipments(tx, shipments)
  const returns = stored.flatMap(({ before, order }) =>
    [...order.returns]
      .filter(([id, { isCounted }]) => isCounted !== before.returns.get(id)?.isCounted)
      .map(([id, goods]) => ({ ...goods, orderId: order.id, id })),
  )
  if (returns.length > 0) saveReturns(tx, returns)
  const answers = stored.flatMap(one => one.answers)
  if (answers.length > 0) answerRequests(tx, answers)
}

/** Nothing is stored of the lines of an order that leaves in one shipment, so that it costs no more than it has to. */
const hasLines = ({ before, order }: Change) =>
  before.hasLines || order.returns.size > 0 || !areSame(order.lines, linesByStatus(order.status, order.ordered))

function statusOf(change: Change) {
  const { before, order, outcomes } = change
  const request = requestThatCancelled(change)
  return {
    id: order.id,
    status: order.status,
    reason: request ? ('requested' as const) : null,
    detail: request?.detail ?? null,
    version: before.version + outcomes.length,
    hasLines: hasLines(change),
    isEnding: order.status !== before.status,
  }
}

function requestThatCancelled({ before, outcomes }: Change) {
  const cancelled = outcomes.find(({ type }) => type === 'order.cancelled')
  return cancelled?.type === 'order.cancelled' ? before.requests.get(cancelled.requestId) : undefined
}

function entryOf(orderId: string, outcome: Outcome) {
  switch (outcome.type) {
    case 'order.lines_cancelled':
      return { ...ours(orderId, outcome.type, piecesInWords(outcome.lines)), ref: outcome.requestId, mayRepeat: true }
    case 'order.lines_returned':
      return { ...ours(orderId, outcome.type, piecesInWords(outcome.lines)), ref: outcome.returnId, mayRepeat: true }
    case 'order.cancelled':
      return ours(orderId, outcome.type, 'requested: all of it was withdrawn')
    case 'order.completed':
      return ours(orderId, outcome.type)
  }
}

const eventsOf = ({ before, outcomes }: Change): OutgoingEvent[] =>
  outcomes.map((outcome, at) => eventOf(before, outcome, before.version + 1 + at))

function eventOf({ id, requests }: StoredFulfilment, outcome: Outcome, sequence: number): OutgoingEvent {
  switch (outcome.type) {
    case 'order.lines_cancelled': {
      const { type, requestId, lines, amount } = outcome
      const refund = { refundId: requestId, amount }
      return { type, key: id, sequence, data: { orderId: id, requestId, lines: [...lines], refund } }
    }
    case 'order.lines_returned': {
      const { type, returnId, lines, amount } = outcome
      const refund = { refundId: returnId, amount }
      return { type, key: id, sequence, data: { orderId: id, returnId, lines: [...lines], refund } }
    }
    case 'order.cancelled': {
      const { type, requestId } = outcome
      const request = requests.get(requestId)
      return {
        type,
        key: id,
        sequence,
        data: {
          orderId: id,
          reason: 'requested',
          ...(request && { cancelledBy: request.requestedBy }),
          ...(request && request.detail !== null && { detail: request.detail }),
          requestId,
        },
      }
    }
    case 'order.completed':
      return { type: outcome.type, key: id, sequence, data: { orderId: id } }
  }
}

function count(changes: readonly Change[]): void {
  for (const { before, order, answers } of changes) {
    for (const answer of answers) countAnswered(statusOfRequest(answer))
    if (order.status === before.status) continue
    const ageSeconds = Math.max(0, Date.now() - order.createdAt.getTime()) / 1_000
    countEnded(
      order.status === 'completed'
        ? { status: 'completed', reason: 'none' }
        : { status: 'cancelled', reason: 'requested' },
      ageSeconds,
    )
  }
}
