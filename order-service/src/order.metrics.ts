import { counter, histogram, type Measure, type OwnMetric } from '@docket/chassis/metric-registry.ts'
import type { Tx } from '@docket/chassis/database/database.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import {
  cancellationReasons,
  cancelRequestStatuses,
  rejectionReasons,
  type CancelRequestStatus,
  type RejectionReason,
} from '@docket/contract/terms.ts'
import { isOfAnOrder, type CancelReason } from './order.ts'
import { countStuck } from './order.store.ts'
import { countKept } from './retention.store.ts'

export type Ending =
  | { status: 'completed'; reason: 'none' }
  | { status: 'rejected'; reason: RejectionReason }
  | { status: 'cancelled'; reason: CancelReason }

const endings: readonly Ending[] = [
  { status: 'completed', reason: 'none' },
  ...rejectionReasons.map(reason => ({ status: 'rejected' as const, reason })),
  ...cancellationReasons.filter(isOfAnOrder).map(reason => ({ status: 'cancelled' as const, reason })),
]

const answers = cancelRequestStatuses.filter(status => status !== 'open')

const created = counter('docket_orders_created_total', 'Orders created')
const ended = counter<'status' | 'reason'>(
  'docket_orders_ended_total',
  'Orders that ended, by status and reason',
  endings,
)
const unknown = counter(
  'docket_orders_unknown_total',
  'Orders that order-service never had and for which a payment was attempted; each was cancelled, which undoes it',
)
const answered = counter<'answer'>(
  'docket_cancel_requests_answered_total',
  'Cancel requests for accepted orders, by what shipping-service answered',
  answers.map(answer => ({ answer })),
)
const durations = histogram(
  'docket_order_duration_seconds',
  'Time from the creation of an order to its end',
  ['status'],
  true,
)
const steps = histogram(
  'docket_order_step_seconds',
  'Time from the creation of an order to a step of another service; a step that is delivered again counts again',
  ['step'],
  true,
)

export const countCreated = (orders: number) => created.inc(orders)

export const countUnknown = (orders: number) => unknown.inc(orders)

export const countAnswered = (answer: CancelRequestStatus) => answered.inc({ answer })

export function countEnded(ending: Ending, ageSeconds: number): void {
  ended.inc(ending)
  durations.observe({ status: ending.status }, ageSeconds)
}

const stepOf = new Map<string, { observe(seconds: number): void }>()

export function observeStep({ type, time }: Pick<DocketEvent, 'type' | 'time'>, createdAt: Date): void {
  const step = stepOf.get(type) ?? steps.labels(type)
  stepOf.set(type, step) // labels are costly to make
  step.observe(Math.max(0, Date.parse(time) - createdAt.getTime()) / 1_000)
}

/** For alerts: an accepted order waits until somebody fixes the cause. */
const stuckOrders = (stuckAfterMs: number): Measure => ({
  name: 'docket_orders_stuck',
  help: 'Orders without progress for longer than the threshold',
  labels: ['status'],
  read: async tx =>
    (await countStuck(tx, stuckAfterMs)).map(({ status, orders }) => ({ labels: { status }, value: orders })),
})

const keptOrders: Measure = {
  name: 'docket_purge_kept_orders',
  help: 'Orders older than the purge mark that are kept: not final, not for long enough, or not undone; at 1000 nothing newer is purged',
  labels: [],
  read: async tx => [{ labels: {}, value: await countKept(tx) }],
}

interface OrdersUnderWay {
  look(tx: Tx): Promise<{ counted: number; others: number }>
  limit(): number
}

/** The limit is read after the look that it follows from. */
const underWay = (orders: OrdersUnderWay): Measure[] => [
  {
    name: 'docket_orders_under_way',
    help: 'Orders that are not final, up to MAX_ORDERS_UNDER_WAY; counted="yes": those that wait for machines, not for the payment provider, people or a clock',
    labels: ['counted'],
    read: async tx => {
      const { counted, others } = await orders.look(tx)
      return [
        { labels: { counted: 'yes' }, value: counted },
        { labels: { counted: 'no' }, value: others },
      ]
    },
  },
  {
    name: 'docket_orders_under_way_limit',
    help: 'Counted orders above which new ones are rejected with 503: as many as end within MAX_ORDER_WAIT, and at least 2000',
    labels: [],
    read: async () => [{ labels: {}, value: orders.limit() }],
  },
]

export const measures = (stuckAfterMs: number, orders: OrdersUnderWay): readonly Measure[] => [
  stuckOrders(stuckAfterMs),
  ...underWay(orders),
  keptOrders,
]

export const metrics: readonly OwnMetric[] = [created, ended, unknown, answered, durations, steps]
