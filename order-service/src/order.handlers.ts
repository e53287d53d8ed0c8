import type { Tx } from '@docket/chassis/database/database.ts'
import { canWait, lockingFirst, type Batch } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent, EventOf } from '@docket/contract/event.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { saveItems } from './catalogue.store.ts'
import type { LineEvent } from './fulfilment.ts'
import { progressLines } from './fulfilment.steps.ts'
import { closeShipments, openShipments } from './fulfilment.store.ts'
import { areAllAtMain } from './order-lines.ts'
import { observeStep } from './order.metrics.ts'
import { accept, cancelAll, cancelUnknown, rejectForStock } from './order.steps.ts'
import { insertTombstones, keepAllocations, lockOrders, type LockedOrder, type RejectedOrder } from './order.store.ts'
import { detailOf, isOncePerShipment, refOf, serviceOf } from './timeline.ts'
import { writeProgress, writeTimeline } from './timeline.store.ts'

interface Locked {
  orders: ReadonlyMap<string, LockedOrder>
  unanswered: Set<string>
}

async function lock(tx: Tx, { 'item.created': _, 'item.updated': __, ...aboutOrders }: Batch): Promise<Locked> {
  const ids = idsOf(Object.values(aboutOrders).flat())
  const orders: ReadonlyMap<string, LockedOrder> = ids.length === 0 ? new Map() : await lockOrders(tx, ids)
  const { 'payment.succeeded': succeeded = [], 'payment.failed': failed = [] } = aboutOrders
  const unknown = idsOf([...succeeded, ...failed]).filter(id => !orders.has(id))
  if (unknown.length === 0) return { orders, unanswered: new Set() }
  const unanswered = new Set(await insertTombstones(tx, unknown))
  return { orders: await lockOrders(tx, ids), unanswered } // only unanswered ones: another replica may have been first
}

const noteProgress = canWait(async (tx: Tx, events: readonly DocketEvent[], { orders }: Locked) => {
  note(tx, events, orders, writeProgress)
})

/** Types are listed in the order of an order's life, because they are handled in this order. */
export const handlersFor = (onRejected: (orders: readonly RejectedOrder[]) => void) =>
  lockingFirst(lock, {
    'item.created': saveItems,
    'item.updated': saveItems,

    'stock.reserved': canWait(async (tx: Tx, events: readonly EventOf<'stock.reserved'>[], { orders }: Locked) => {
      note(tx, events, orders, writeProgress)
      const placed = events.flatMap(({ key, data: { allocations = [] } }) =>
        areAllAtMain(allocations) ? [] : [{ id: key, allocations }],
      )
      if (placed.length > 0) keepAllocations(tx, placed)
      const paid = idsOf(events).filter(id => orders.get(id)?.isPaid)
      if (paid.length > 0) await accept(tx, paid)
    }),

    'stock.rejected': async (tx, events, { orders }) => {
      note(tx, events, orders)
      const rejected = await rejectForStock(
        tx,
        events.map(({ key, data }) => ({ id: key, reason: data.reason, shortages: data.shortages })),
      )
      tx.afterCommit(() => onRejected(rejected))
    },

    'payment.succeeded': async (tx, events, locked) => {
      note(tx, events, locked.orders)
      await answerUnknown(tx, events, locked)
      await accept(tx, idsOf(events))
    },

    'payment.failed': async (tx, events, locked) => {
      note(tx, events, locked.orders)
      await answerUnknown(tx, events, locked) // it was cancelled, but its stock may be reserved
      await cancelAll(
        tx,
        events.map(event => ({ id: event.key, reason: 'payment_failed' as const, detail: detailOf(event) })),
      )
    },

    'shipment.opened': noteOpened,
    'shipment.shipped': canWait(noteShipped),

    'stock.committed': followLines,
    'shipment.lines_withdrawn': followLines,
    'return.received': followLines,

    'shipment.delivered': noteProgress,
    'shipment.undeliverable': noteProgress,
    'shipment.lost': noteProgress,
    'return.requested': noteProgress,
    'return.cancelled': noteProgress,
    'return.found': noteProgress,
    'stock.returned': noteProgress,
    'stock.released': noteProgress,
    'payment.refunded': noteProgress,
    'payment.refund_failed': noteProgress,
  })

export const handlers = handlersFor(() => undefined)

async function answerUnknown(tx: Tx, events: readonly DocketEvent[], { unanswered }: Locked): Promise<void> {
  const ids = idsOf(events).filter(id => unanswered.delete(id))
  if (ids.length > 0) await cancelUnknown(tx, ids)
}

async function noteOpened(tx: Tx, events: readonly EventOf<'shipment.opened'>[], { orders }: Locked): Promise<void> {
  for (const { key } of events) {
    const order = orders.get(key)
    if (order) order.isSplit = true
  }
  note(tx, events, orders, writeProgress)
  openShipments(
    tx,
    events.map(({ key, data }) => ({ orderId: key, id: data.shipmentId, lateAt: data.lateAt })),
  )
}

async function noteShipped(tx: Tx, events: readonly EventOf<'shipment.shipped'>[], { orders }: Locked): Promise<void> {
  note(tx, events, orders, writeProgress)
  const split = events.filter(({ key }) => orders.get(key)?.isSplit)
  if (split.length > 0)
    closeShipments(
      tx,
      split.map(({ key, data }) => ({ orderId: key, id: data.shipmentId })),
    )
}

async function followLines(tx: Tx, events: readonly LineEvent[], { orders }: Locked): Promise<void> {
  note(tx, events, orders)
  await progressLines(tx, events)
}

function note(tx: Tx, events: readonly DocketEvent[], known: Locked['orders'], write = writeTimeline): void {
  const strangers = events.filter(event => !known.has(event.key))
  if (strangers.length > 0)
    throw new PoisonEvents(
      strangers.map(event => [event, `${event.type} about an order that does not exist: ${event.key}`]),
    )
  const several = repeatedIn(idsOf(events))
  write(
    tx,
    events.map(event => {
      const ref = refOf(event)
      const isSplit = known.get(event.key)?.isSplit || several.has(event.key)
      return {
        orderId: event.key,
        event: event.type,
        service: serviceOf(event),
        detail: detailOf(event),
        at: event.time,
        ref,
        mayRepeat: isSplit || (ref !== undefined && !isOncePerShipment(event.type)),
      }
    }),
  )
  tx.afterCommit(() => {
    for (const event of events) {
      const order = known.get(event.key)
      if (order) observeStep(event, order.createdAt)
    }
  })
}

const idsOf = (events: readonly DocketEvent[]) => events.map(event => event.key)

function repeatedIn(ids: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  return new Set(ids.filter(id => seen.size === seen.add(id).size))
}
