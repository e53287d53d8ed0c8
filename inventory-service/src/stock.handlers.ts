import type { Tx } from '@docket/chassis/database/database.ts'
import { lockingFirst, savesMarks, type Batch } from '@docket/chassis/messaging/handlers.ts'
import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'
import type { Refused } from '@docket/chassis/refused.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { DataOf, DocketEvent, EventOf, EventType } from '@docket/contract/event.ts'
import { mainLocation } from '@docket/contract/terms.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { find, inTurn, releaseLines, releaseRest, ship, takeBack, type Effect, type Holding } from './holdings.ts'
import { reserved, type Movement } from './stock-movements.ts'
import { countRejections } from './stock.metrics.ts'
import { bySku, reserve, skusOf, type Outcome } from './stock.ts'
import {
  claimOrders,
  holdingsOf,
  lockStock,
  lockStockOf,
  saveHoldings,
  saveMovements,
  saveReserved,
} from './stock.store.ts'

interface Locked {
  claimed: Set<string>
  stock: Map<string, number>
}

/**
 * Locks all claims of the batch, then all items, without waiting in between: also those of duplicates, which are rare.
 * What an order holds changes only under the lock of all items that it holds, also when others of it come back.
 */
async function lock(tx: Tx, batch: Batch): Promise<Locked> {
  const { 'order.created': created = [], 'order.cancelled': cancelled = [] } = batch
  const { 'shipment.shipped': shipped = [], 'order.lines_cancelled': linesCancelled = [] } = batch
  const { 'return.received': received = [], 'return.found': found = [] } = batch
  const claiming = claimOrders(tx, idsOf(created), idsOf(cancelled)) // drops duplicates and cancelled orders
  const changed = idsOf([...shipped, ...linesCancelled, ...cancelled, ...received, ...found])
  const skus = skusOf([...created, ...received, ...found].flatMap<{ sku: string }>(event => event.data.lines))
  if (skus.length === 0 && changed.length > 0) lockStockOf(tx, changed)
  const locking = skus.length > 0 ? lockStock(tx, skus, changed) : new Map<string, number>()
  const [claimed, stock] = await Promise.all([claiming, locking])
  return { claimed, stock }
}

/** Types are listed in the order of an order's life, because they are handled in this order. */
export const handlers = lockingFirst(lock, {
  ...savesMarks,

  'order.created': async (tx, events, { claimed, stock }) => {
    const orders = events.filter(event => claimed.delete(event.key)) // also drops the second of two in one batch
    if (orders.length === 0) return
    const { lines, outcomes } = reserve(
      orders.map(order => order.data),
      stock,
    )
    saveReserved(tx, lines, outcomes)
    saveMovements(
      tx,
      lines.map(line => ({ orderId: line.orderId, movements: reserved([{ location: mainLocation, ...line }]) })),
    )
    const byId = new Map(orders.map(order => [order.key, order]))
    await publish(
      tx,
      outcomes.map(outcome => answer(outcome, byId.get(outcome.orderId) as EventOf<'order.created'>)),
    )
    tx.afterCommit(() => countRejections(outcomes))
  },

  'shipment.shipped': (tx, events) =>
    change(tx, events, ship, 'committed', ({ orderId, shipmentId, location = mainLocation }, movements) => ({
      type: 'stock.committed',
      data: {
        orderId,
        shipmentId,
        lines: noLongerReserved(movements),
        ...(location !== mainLocation && { location }),
      },
    })),

  'order.lines_cancelled': (tx, events) =>
    change(tx, events, releaseLines, 'released', ({ orderId, requestId }, movements) => ({
      type: 'stock.released',
      data: { orderId, requestId, lines: noLongerReserved(movements) },
    })),

  'order.cancelled': (tx, events) =>
    change(tx, events, releaseRest, 'released', ({ orderId }, movements) => ({
      type: 'stock.released',
      data: { orderId, lines: noLongerReserved(movements) },
    })),

  'return.received': (tx, events) => change(tx, events, takeBack, 'returned', returned),
  'return.found': (tx, events) => change(tx, events, find, 'returned', returned),
})

const idsOf = (events: readonly { key: string }[]) => events.map(event => event.key)

function answer(outcome: Outcome, { key, data }: EventOf<'order.created'>): OutgoingEvent {
  return outcome.reserved
    ? {
        type: 'stock.reserved',
        key,
        sequence: 1,
        data: {
          orderId: key,
          customerId: data.customerId,
          total: data.total,
          currency: data.currency,
          paymentToken: data.paymentToken,
        },
      }
    : {
        type: 'stock.rejected',
        key,
        sequence: 1,
        data: { orderId: key, reason: outcome.reason, shortages: outcome.shortages },
      }
}

const noLongerReserved = (movements: readonly Movement[]) =>
  bySku(movements.map(({ sku, reserved = 0 }) => ({ sku, quantity: -reserved })))

const returned = ({ orderId, returnId, from, to, lines }: DataOf['return.received' | 'return.found']): Told => ({
  type: 'stock.returned',
  data: { orderId, returnId, from, to, lines },
})

type How = 'committed' | 'released' | 'returned'
type Told = { [T in `stock.${How}`]: { type: T; data: DataOf[T] } }[`stock.${How}`]

/** What the orders hold is locked, so no other replica changes it. */
async function change<T extends EventType>(
  tx: Tx,
  events: readonly (EventOf<T> & DocketEvent)[],
  decide: (holding: Holding, data: DataOf[T]) => Effect | Refused | undefined,
  how: How,
  tell: (data: DataOf[T], movements: readonly Movement[]) => Told,
): Promise<void> {
  const before = await holdingsOf(tx, idsOf(events))
  const { after, effects, refusals } = inTurn(before, events, (holding, { data }) => decide(holding, data))
  if (refusals.length > 0)
    throw new PoisonEvents(refusals.map(([event, no]) => [event, `${event.type} for ${event.key}: ${no.detail}`]))
  if (effects.length === 0) return
  await failpoint(`stock-${how}`, async () => {
    saveHoldings(tx, before, after)
    saveMovements(
      tx,
      effects.map(([{ key }, effect]) => ({ orderId: key, ...effect })),
    )
  })
  await publish(
    tx,
    effects.map(([{ key, data }, { holding, movements }]) => ({
      ...tell(data, movements),
      key,
      sequence: holding.version,
    })),
  )
}
