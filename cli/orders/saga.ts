import {
  happenedIn,
  standingFrom,
  standingOf,
  waitingFor,
  type StepName,
  type Waiting,
} from '@docket/contract/steps.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { isFinal, type Act, type Order, type TimelineEntry } from '../client/shapes.ts'

export interface SagaStep {
  step: string
  service: string
  state: 'done' | 'running' | 'waiting' | 'failed' | 'undone' | 'not needed'
  at?: string
  tookMs?: number
  detail?: string
  event?: string
  /** The shipment, return, refund or request that it is about. */
  ref?: string
  topic?: string
  partition?: number
  offset?: number
  undoneAt?: string
  undoneBy?: string
}

export interface Saga {
  order: string
  status: Order['status']
  stuck: boolean
  inWords: string
  waitsFor?: Waiting
  tookMs?: number
  steps: SagaStep[]
  /** Events on the topics that order-service has not consumed yet. */
  ahead: string[]
  /** False: Kafka could not be read, so this is what order-service knows. */
  fromTopics: boolean
  /** What operators did about it, for those who may see that. */
  acts?: Act[]
}

interface Planned {
  step: string
  service: string
  /** Which waiting it ends. */
  ends?: readonly StepName[]
  done: string
  failed?: string
  undone?: string
}

const plan: readonly Planned[] = [
  { step: 'order placed', service: 'order-service', done: 'order.created' },
  {
    step: 'stock reserved',
    ends: ['reservation'],
    service: 'inventory-service',
    done: 'stock.reserved',
    failed: 'stock.rejected',
    undone: 'stock.released',
  },
  {
    step: 'card charged',
    ends: ['charge'],
    service: 'payment-service',
    done: 'payment.succeeded',
    failed: 'payment.failed',
    undone: 'payment.refunded',
  },
  { step: 'order accepted', service: 'order-service', ends: ['acceptance'], done: 'order.accepted' },
  { step: 'parcel shipped', service: 'shipping-service', ends: ['shipment', 'handover'], done: 'shipment.shipped' },
  { step: 'stock left', service: 'inventory-service', ends: ['departure'], done: 'stock.committed' },
  { step: 'order completed', service: 'order-service', ends: ['ending'], done: 'order.completed' },
]

/** What can happen to an order beside the plan, and several times. */
const beside: Readonly<Record<string, string>> = {
  'order.cancel_requested': 'cancel request',
  'shipment.lines_withdrawn': 'cancel decided',
  'order.lines_cancelled': 'lines cancelled',
  'stock.released': 'stock released',
  'shipment.opened': 'parcel waits',
  'shipment.delivered': 'delivered',
  'shipment.undeliverable': 'undeliverable',
  'shipment.lost': 'lost',
  'return.requested': 'return awaited',
  'return.received': 'goods came back',
  'return.cancelled': 'return ended',
  'return.found': 'goods turned up',
  'stock.returned': 'stock counted',
  'order.lines_returned': 'return counted',
  'payment.refunded': 'money refunded',
  'payment.refund_failed': 'refund declined',
}
const hasFailed = new Set(['shipment.undeliverable', 'shipment.lost', 'payment.refund_failed'])

type Happened = TimelineEntry & Pick<SagaStep, 'topic' | 'partition' | 'offset'>

const keyOf = ({ event, ref }: Pick<Happened, 'event' | 'ref'>) => (ref === undefined ? event : `${event} ${ref}`)

function refIn(data: unknown): string | undefined {
  const { refundId, returnId, requestId, shipmentId } = (data ?? {}) as Record<string, unknown>
  const ref = refundId ?? returnId ?? requestId ?? shipmentId
  return typeof ref === 'string' ? ref : undefined
}

/** Merges the timeline and the topics. An event in both is one step, at the topic's time, which is when it happened. */
function merge(timeline: readonly TimelineEntry[], events: readonly ShownEvent[]): Map<string, Happened> {
  const happened = new Map<string, Happened>(timeline.map(entry => [keyOf(entry), entry]))
  for (const { type, time, headers, topic, partition, offset, data } of events) {
    if (type === null) continue
    const ref = happened.has(type) ? undefined : refIn(data) // the previous release notes no reference
    const key = keyOf({ event: type, ...(ref !== undefined && { ref }) })
    const known = happened.get(key)
    if (known?.offset !== undefined) continue // a duplicate of the same event
    const at = Number.isNaN(Date.parse(headers.ce_time ?? '')) ? time : new Date(headers.ce_time ?? '').toISOString()
    happened.set(key, {
      at,
      event: type,
      service: headers.ce_source?.replace(/^\//, '') ?? '',
      ...(known?.detail !== undefined && { detail: known.detail }),
      ...(ref !== undefined && { ref }),
      topic,
      partition,
      offset,
    })
  }
  return happened
}

/** Pure. `events` undefined: the topics could not be read. */
export function sagaOf(order: Order, events: readonly ShownEvent[] | undefined, acts?: Act[]): Saga {
  const happened = merge(order.timeline ?? [], events ?? [])
  const waiting = waitingOf(order, events ?? [])
  const { steps, last } = plannedSteps(order, happened, waiting)
  const end = isFinal(order) ? happened.get(`order.${order.status}`) : undefined
  const known = new Set(order.timeline?.map(keyOf))
  const [start] = [happened.get('order.created')?.at ?? order.createdAt]
  return {
    order: order.id,
    status: order.status,
    stuck: order.stuck,
    inWords: inWords(order, waiting),
    ...(waiting && { waitsFor: waiting }),
    ...(end && { tookMs: Math.max(0, Date.parse(end.at) - Date.parse(start)) }),
    steps: [...steps, ...endStep(order, end, last), ...stepsBeside(happened), ...besideRunning(waiting)],
    ahead: [...happened].flatMap(([key, { event }]) => (known.has(key) ? [] : [event])),
    fromTopics: events !== undefined,
    ...(acts && { acts }),
  }
}

/** The topics may be ahead of order-service. */
function waitingOf({ status, lines, timeline, waitsFor }: Order, events: readonly ShownEvent[]): Waiting | undefined {
  if (events.length === 0 || !timeline) return waitsFor && waitingIn(waitsFor)
  const openPieces = lines.reduce(
    (sum, { quantity, cancelled = 0, shipped = 0 }) => sum + quantity - cancelled - shipped,
    0,
  )
  const ahead = events.flatMap(({ type, data }) => (type === null ? [] : [happenedIn(type, data)]))
  return waitingFor(standingFrom({ status, openPieces, timeline, ahead }))
}

/** Without the time, as the order has that. */
const waitingIn = ({ name, service, step }: NonNullable<Order['waitsFor']>): Waiting =>
  ({ name, service, step }) as Waiting

function plannedSteps(
  order: Order,
  happened: ReadonlyMap<string, Happened>,
  waiting: Waiting | undefined,
): { steps: SagaStep[]; last?: string } {
  const isOver = isFinal(order)
  let before: string | undefined
  const steps = plan.flatMap((planned): SagaStep[] => {
    const found = [...happened.values()].filter(({ event }) => event === planned.done || event === planned.failed)
    const undone = planned.undone === undefined ? undefined : happened.get(planned.undone)
    const isNext = waiting !== undefined && planned.ends?.includes(waiting.name)
    const open = (state: SagaStep['state']) => ({ ...stepOf(planned, undefined, undone, before), state })
    if (found.length === 0) return [open(isNext ? 'running' : isOver ? 'not needed' : 'waiting')]
    const done = found.map(one => {
      const step = stepOf(planned, one, undone, before)
      before = one.at
      return step
    })
    return isNext ? [...done, open('running')] : done // the order has several shipments
  })
  return { steps, ...(before !== undefined && { last: before }) }
}

const runsBeside: Partial<Record<StepName, string>> = { withdrawal: 'cancel decided', return: 'return counted' }

function besideRunning(waiting: Waiting | undefined): SagaStep[] {
  const step = waiting && runsBeside[waiting.name]
  return waiting && step !== undefined ? [{ step, service: waiting.service, state: 'running' }] : []
}

/** In the order in which they happened. An undone step shows its own undoing. */
function stepsBeside(happened: ReadonlyMap<string, Happened>): SagaStep[] {
  let before: string | undefined
  return [...happened.values()]
    .filter(({ event, ref }) => event in beside && (ref !== undefined || !plan.some(({ undone }) => undone === event)))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(one => {
      const planned = { step: beside[one.event] ?? one.event, service: one.service, done: one.event }
      const step = stepOf(planned, one, undefined, before)
      before = one.at
      return hasFailed.has(one.event) ? { ...step, state: 'failed' } : step
    })
}

function stepOf(
  { step, service, failed }: Planned,
  found: Happened | undefined,
  undone: Happened | undefined,
  before: string | undefined,
): SagaStep {
  if (!found) return { step, service, state: 'waiting' }
  const { at, event, detail, ref, topic, partition, offset } = found
  return {
    step,
    service,
    state: event === failed ? 'failed' : undone ? 'undone' : 'done',
    at,
    ...(before !== undefined && { tookMs: Math.max(0, Date.parse(at) - Date.parse(before)) }),
    ...(detail !== undefined && { detail }),
    event,
    ...(ref !== undefined && { ref }),
    ...(offset !== undefined && { topic, partition, offset }),
    ...(undone && { undoneAt: undone.at, undoneBy: undone.event }),
  }
}

/** A rejection or cancellation is a step of its own, because it may follow any other. */
function endStep({ status }: Order, end: Happened | undefined, before: string | undefined): SagaStep[] {
  if (!end || status === 'completed') return []
  return [
    {
      ...stepOf({ step: `order ${status}`, service: 'order-service', done: '' }, end, undefined, before),
      state: 'failed',
    },
  ]
}

const reasons: Record<string, string> = {
  out_of_stock: 'there was not enough stock',
  unknown_item: 'one of its items is unknown',
  payment_failed: 'the card was not charged',
  requested: 'on request',
  expired: 'it was not accepted within its window',
  unknown_order: 'order-service never had it, and a payment for it was attempted',
}

function inWords({ status, reason, detail, stuck }: Order, waiting: Waiting | undefined): string {
  if (status === 'completed') return 'it was fulfilled'
  const why = reason === undefined ? '' : `: ${reasons[reason] ?? reason.replaceAll('_', ' ')}`
  if (status === 'rejected' || status === 'cancelled')
    return `it was ${status}${why}${detail === undefined ? '' : ` (${detail})`}`
  return waiting
    ? `it ${stuck ? 'is stuck: it waits' : 'waits'} for ${waiting.step}, by ${waiting.service}`
    : 'it is under way'
}

/** What an order waits for after these steps, in words. */
export function nextStep(steps: readonly Pick<TimelineEntry, 'event' | 'ref'>[]): string | undefined {
  const waiting = waitingFor(standingOf(steps.map(({ event, ref }) => ({ type: event, ref }))))
  return waiting && `${waiting.step}, by ${waiting.service}`
}

/** Compensation may still be under way after an order has ended. */
export function isUndoing({ status, steps }: Saga): boolean {
  return (
    status === 'cancelled' &&
    steps.some(({ step, state }) => state === 'done' && (step === 'stock reserved' || step === 'card charged'))
  )
}
