import type { Tx } from '@docket/chassis/database/database.ts'
import { lockingFirst, type Batch } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { saveItems } from './catalogue.store.ts'
import { observeStep } from './order.metrics.ts'
import { accept, cancelAll, complete, rejectForStock } from './order.steps.ts'
import { lockOrders } from './order.store.ts'
import { detailOf, serviceOf } from './timeline.ts'
import { writeProgress, writeTimeline } from './timeline.store.ts'

/** When the orders that the batch is about were created, by id; an order that does not exist is not in it. */
type Known = Map<string, Date>

/** All orders of the batch; then saveItems locks items. */
async function lock(tx: Tx, { 'item.created': _, 'item.updated': __, ...aboutOrders }: Batch): Promise<Known> {
  const ids = idsOf(Object.values(aboutOrders).flat())
  return ids.length === 0 ? new Map() : lockOrders(tx, ids)
}

/** In the order of an order's life: what comes first in it is handled first. */
export const handlers = lockingFirst(lock, {
  'item.created': saveItems,
  'item.updated': saveItems,

  'stock.reserved': noteProgress,

  'stock.rejected': async (tx, events, known) => {
    note(tx, events, known)
    await rejectForStock(
      tx,
      events.map(({ key, data }) => ({ id: key, reason: data.reason, shortages: data.shortages })),
    )
  },

  'payment.succeeded': async (tx, events, known) => {
    note(tx, events, known)
    await accept(tx, idsOf(events))
  },

  'payment.failed': async (tx, events, known) => {
    note(tx, events, known)
    await cancelAll(
      tx,
      events.map(event => ({ id: event.key, reason: 'payment_failed' as const, detail: detailOf(event) })),
    )
  },

  'shipment.shipped': noteProgress,

  'stock.committed': async (tx, events, known) => {
    note(tx, events, known)
    await complete(tx, idsOf(events))
  },

  'stock.released': noteProgress,
  'payment.refunded': noteProgress,
})

/** A step of another service that changes nothing here but that the order gets on. */
async function noteProgress(tx: Tx, events: readonly DocketEvent[], known: Known): Promise<void> {
  note(tx, events, known, writeProgress)
}

/** Writes what another service did into the timelines of the orders, which are locked. */
function note(tx: Tx, events: readonly DocketEvent[], known: Known, write = writeTimeline): void {
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
