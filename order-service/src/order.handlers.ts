import type { Tx } from '@docket/chassis/database/database.ts'
import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { saveItems } from './catalogue.store.ts'
import { observeStep } from './order.metrics.ts'
import { accept, cancelAll, complete, rejectForStock } from './order.steps.ts'
import { lockOrders } from './order.store.ts'
import { detailOf, serviceOf } from './timeline.ts'
import { writeProgress, writeTimeline } from './timeline.store.ts'

/** In the order of an order's life: what comes first in it is handled first. */
export const handlers: Handlers = {
  'item.created': saveItems,
  'item.updated': saveItems,

  'stock.reserved': noteProgress,

  'stock.rejected': async (tx, events) => {
    await note(tx, events)
    await rejectForStock(
      tx,
      events.map(({ key, data }) => ({ id: key, reason: data.reason, shortages: data.shortages })),
    )
  },

  'payment.succeeded': async (tx, events) => {
    await note(tx, events)
    await accept(tx, idsOf(events))
  },

  'payment.failed': async (tx, events) => {
    await note(tx, events)
    await cancelAll(
      tx,
      events.map(event => ({ id: event.key, reason: 'payment_failed' as const, detail: detailOf(event) })),
    )
  },

  'shipment.shipped': noteProgress,

  'stock.committed': async (tx, events) => {
    await note(tx, events)
    await complete(tx, idsOf(events))
  },

  'stock.released': noteProgress,
  'payment.refunded': noteProgress,
}

/** A step of another service that changes nothing here but that the order gets on. */
async function noteProgress(tx: Tx, events: readonly DocketEvent[]): Promise<void> {
  await note(tx, events, writeProgress)
}

/** Claims the orders: locks them, and writes what another service did into their timelines. */
async function note(tx: Tx, events: readonly DocketEvent[], write = writeTimeline): Promise<void> {
  const known = await lockOrders(tx, idsOf(events))
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
