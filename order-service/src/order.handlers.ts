import type { Tx } from '@docket/chassis/database/database.ts'
import { lockingFirst, type Batch } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { saveItems } from './catalogue.store.ts'
import { observeStep } from './order.metrics.ts'
import { accept, cancelAll, cancelUnknown, complete, rejectForStock } from './order.steps.ts'
import { insertTombstones, lockOrders, type RejectedOrder } from './order.store.ts'
import { detailOf, serviceOf } from './timeline.ts'
import { writeProgress, writeTimeline } from './timeline.store.ts'

interface Locked {
  orders: ReadonlyMap<string, Date>
  unanswered: Set<string>
}

async function lock(tx: Tx, { 'item.created': _, 'item.updated': __, ...aboutOrders }: Batch): Promise<Locked> {
  const ids = idsOf(Object.values(aboutOrders).flat())
  const orders: ReadonlyMap<string, Date> = ids.length === 0 ? new Map() : await lockOrders(tx, ids)
  const { 'payment.succeeded': succeeded = [], 'payment.failed': failed = [] } = aboutOrders
  const unknown = idsOf([...succeeded, ...failed]).filter(id => !orders.has(id))
  if (unknown.length === 0) return { orders, unanswered: new Set() }
  const unanswered = new Set(await insertTombstones(tx, unknown))
  return { orders: await lockOrders(tx, ids), unanswered } // another replica may have been first
}

/** In the order of an order's life: what comes first in it is handled first. */
export const handlersFor = (onRejected: (orders: readonly RejectedOrder[]) => void) =>
  lockingFirst(lock, {
    'item.created': saveItems,
    'item.updated': saveItems,

    'stock.reserved': noteProgress,

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
      await answerUnknown(tx, events, locked) // its stock may be reserved
      await cancelAll(
        tx,
        events.map(event => ({ id: event.key, reason: 'payment_failed' as const, detail: detailOf(event) })),
      )
    },

    'shipment.shipped': noteProgress,

    'stock.committed': async (tx, events, { orders }) => {
      note(tx, events, orders)
      await complete(tx, idsOf(events))
    },

    'stock.released': noteProgress,
    'payment.refunded': noteProgress,
  })

export const handlers = handlersFor(() => undefined)

async function answerUnknown(tx: Tx, events: readonly DocketEvent[], { unanswered }: Locked): Promise<void> {
  const ids = idsOf(events).filter(id => unanswered.delete(id))
  if (ids.length > 0) await cancelUnknown(tx, ids)
}

async function noteProgress(tx: Tx, events: readonly DocketEvent[], { orders }: Locked): Promise<void> {
  note(tx, events, orders, writeProgress)
}

function note(tx: Tx, events: readonly DocketEvent[], known: ReadonlyMap<string, Date>, write = writeTimeline): void {
  const strangers = events.filter(event => !known.has(event.key))
  if (strangers.length > 0)
    throw new PoisonEvents(
      strangers.map(event => [event, `${event.type} about an order that does not exist: ${event.key}`]),
    )
  write(
    tx,
    events.map(event => ({
      orderId: event.key,
      event: event.type,
      service: serviceOf(event),
      detail: detailOf(event),
      at: event.time,
    })),
  )
  tx.afterCommit(() => {
    for (const event of events) {
      const createdAt = known.get(event.key)
      if (createdAt) observeStep(event, createdAt)
    }
  })
}

const idsOf = (events: readonly DocketEvent[]) => events.map(event => event.key)
