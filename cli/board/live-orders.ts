import { happenedIn, standingOf, waitingFor, type Happened, type StepName } from '@docket/contract/steps.ts'
import { isFinal, type OrderStatus } from '@docket/contract/terms.ts'
import type { Order } from '../client/shapes.ts'
import { orderOf } from '@docket/contract/event-filter.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import type { OrderSteps } from '../client/generated/answers.ts'

/** An order as far as this board has seen it: its events as they went by, and what order-service listed. */
export interface LiveOrder {
  id: string
  status: OrderStatus
  customerId?: string
  lines: readonly { sku: string; quantity: number }[]
  total?: number
  currency?: string
  /** Why it was rejected or cancelled. */
  reason?: string
  createdAt: number
  updatedAt: number
  /** Since when it waits for its step. */
  waitsSince: number
  waitsFor?: { name: StepName; service: string; step: string }
  stuck: boolean
  events: readonly Happened[]
}

export interface OrderFilter {
  status?: string
  step?: string
  sku?: string
  customer?: string
  /** At least this old. */
  ageMs?: number
  text?: string
}

const mostOrders = 5_000

/** The line that an order goes along, and the event that ends each step of it. */
export const line = [
  { name: 'reservation', ends: 'stock.reserved' },
  { name: 'charge', ends: 'payment.succeeded' },
  { name: 'acceptance', ends: 'order.accepted' },
  { name: 'shipment', ends: 'shipment.shipped' },
  { name: 'departure', ends: 'stock.committed' },
  { name: 'ending', ends: 'order.completed' },
] as const satisfies { name: StepName; ends: string }[]

export function liveOrders(capacity = mostOrders) {
  const orders = new Map<string, LiveOrder>()

  /** The order that changed last is the last one, and ended ones go first. */
  function keep(order: LiveOrder): void {
    orders.delete(order.id)
    orders.set(order.id, order)
    if (orders.size <= capacity) return
    const leaving = orders.values().find(one => isFinal(one.status)) ?? orders.values().next().value
    if (leaving) orders.delete(leaving.id)
  }

  return {
    add(event: ShownEvent): void {
      const id = orderOf(event)
      if (id !== undefined && event.type !== null) keep(after(orders.get(id), id, event.type, event))
    },
    /** What order-service says; events that went by since then are not undone. */
    know(list: readonly ListedOrder[]): void {
      for (const order of list) {
        const [known, listed] = [orders.get(order.id), fromList(order)]
        if (known && (isFinal(known.status) || known.updatedAt > listed.updatedAt))
          orders.set(order.id, { ...listed, ...known, ...factsOf(order), stuck: order.stuck && !isFinal(known.status) })
        else keep({ ...listed, events: known?.events ?? [] })
      }
    },
    /** Newest first. */
    list: (filter: OrderFilter, now: number, most: number): { orders: LiveOrder[]; more: number } => {
      const found = [...orders.values()].filter(matching(filter, now)).toSorted((a, b) => b.createdAt - a.createdAt)
      return { orders: found.slice(0, most), more: Math.max(0, found.length - most) }
    },
    get: (id: string) => orders.get(id),
    get size() {
      return orders.size
    },
  }
}

export type LiveOrders = ReturnType<typeof liveOrders>

function after(before: LiveOrder | undefined, id: string, type: string, { data, time }: ShownEvent): LiveOrder {
  const at = Date.parse(time)
  const events = [...(before?.events ?? []), happenedIn(type, data)]
  const standing = standingOf(events)
  const status = before && isFinal(before.status) ? before.status : standing.status
  const waitsFor = waitingFor({ ...standing, status })
  const isSame = before?.waitsFor?.step === waitsFor?.step
  const { waitsFor: _, ...rest } = before ?? { lines: [], createdAt: at }
  return {
    ...rest,
    id,
    ...(type === 'order.created' && { ...created(data), createdAt: at }),
    ...reasonIn(type, data),
    status,
    events,
    updatedAt: Math.max(at, before?.updatedAt ?? 0),
    waitsSince: isSame ? (before?.waitsSince ?? at) : at,
    ...(waitsFor && { waitsFor }),
    stuck: waitsFor !== undefined && isSame && (before?.stuck ?? false),
  }
}

/** What is needed of the data of order.created; anyone may write to a topic. */
function created(data: unknown): Partial<LiveOrder> {
  const { customerId, lines, total, currency } = data as Partial<Record<string, unknown>>
  return {
    ...(typeof customerId === 'string' && { customerId }),
    ...(Array.isArray(lines) && {
      lines: lines.map(one => ({ sku: String(one?.sku), quantity: Number(one?.quantity) || 0 })),
    }),
    ...(typeof total === 'number' && typeof currency === 'string' && { total, currency }),
  }
}

function reasonIn(type: string, data: unknown): Partial<LiveOrder> {
  const { reason } = data as { reason?: unknown }
  return /^order\.(?:rejected|cancelled)$/.test(type) && typeof reason === 'string' ? { reason } : {}
}

/** From either list of order-service; the one of steps does not say when an order changed last. */
type ListedOrder = OrderSteps['orders'][number] | Order

const factsOf = ({ customerId, lines, total, currency }: ListedOrder) => ({
  customerId,
  lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
  ...(currency !== 'XXX' && { total, currency }),
})

function fromList(order: ListedOrder): LiveOrder {
  const { id, status, stuck, createdAt, waitsFor } = order
  const since = waitsFor?.since ?? ('updatedAt' in order ? order.updatedAt : createdAt)
  return {
    ...factsOf(order),
    ...('reason' in order && order.reason !== undefined && { reason: order.reason }),
    id,
    status,
    stuck,
    createdAt: Date.parse(createdAt),
    updatedAt: Date.parse(since),
    waitsSince: Date.parse(since),
    ...(waitsFor && { waitsFor }),
    events: [],
  }
}

export type Pip = 'done' | 'now' | 'ahead' | 'failed' | 'none'

/** How far an order is along the line, step by step. */
export function pipsOf({ status, waitsFor, events }: LiveOrder): Pip[] {
  const happened = new Set(events.map(({ type }) => type))
  const at = line.findIndex(({ name }) => name === (waitsFor?.name === 'handover' ? 'shipment' : waitsFor?.name))
  const reached = Math.max(at, line.findLastIndex(({ ends }) => happened.has(ends)) + 1)
  return line.map((_, step): Pip => {
    if (status === 'completed') return 'done'
    if (step < reached) return 'done'
    if (isFinal(status)) return step === reached ? 'failed' : 'none'
    return step === at ? 'now' : 'ahead'
  })
}

function matching({ status, step, sku, customer, ageMs, text }: OrderFilter, now: number) {
  const wanted = text?.toLowerCase()
  const [skuWanted, customerWanted] = [sku?.toLowerCase(), customer?.toLowerCase()]
  return (order: LiveOrder): boolean =>
    (status === undefined ||
      order.status === status ||
      (status === 'open' && !isFinal(order.status)) ||
      (status === 'stuck' && order.stuck)) &&
    (step === undefined || order.waitsFor?.name === step) &&
    (skuWanted === undefined || order.lines.some(one => one.sku.toLowerCase() === skuWanted)) &&
    (customerWanted === undefined || (order.customerId?.endsWith(customerWanted) ?? false)) &&
    (ageMs === undefined || now - order.createdAt >= ageMs) &&
    (wanted === undefined || textOf(order).includes(wanted))
}

const textOf = ({ id, customerId, lines, reason, waitsFor }: LiveOrder) =>
  [id, customerId, ...lines.map(({ sku }) => sku), reason, waitsFor?.step, waitsFor?.service].join(' ').toLowerCase()
