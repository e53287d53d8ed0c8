import type { Tx } from '@docket/chassis/database/database.ts'
import { lockingFirst, savesMarks, type Batch } from '@docket/chassis/messaging/handlers.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { EventOf } from '@docket/contract/event.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { countRejections } from './stock.metrics.ts'
import { linesByOrder, reserve, skusOf, type Outcome } from './stock.ts'
import {
  claimOrders,
  linesOf,
  lockStock,
  lockStockOf,
  saveCommitted,
  saveReleased,
  saveReserved,
  resolveClaims,
} from './stock.store.ts'

interface Locked {
  claimed: Set<string>
  stock: Map<string, number>
}

/** All claims of the batch, then all items. What an order holds never changes once its claim is there. */
async function lock(tx: Tx, batch: Batch): Promise<Locked> {
  const { 'order.created': created = [], 'shipment.shipped': shipped = [], 'order.cancelled': cancelled = [] } = batch
  const claimed = await claimOrders(tx, idsOf(created), idsOf(cancelled)) // duplicates and cancelled orders fall out
  const ending = idsOf([...shipped, ...cancelled])
  const skus = skusOf(created.filter(order => claimed.has(order.key)).flatMap(order => order.data.lines))
  if (skus.length > 0) return { claimed, stock: await lockStock(tx, skus, ending) }
  if (ending.length > 0) lockStockOf(tx, ending)
  return { claimed, stock: new Map() }
}

/** In the order of an order's life. */
export const handlers = lockingFirst(lock, {
  ...savesMarks,

  'order.created': async (tx, events, { claimed, stock }) => {
    const orders = events.filter(event => claimed.delete(event.key)) // also the second of two in one batch
    if (orders.length === 0) return
    const { lines, outcomes } = reserve(
      orders.map(order => order.data),
      stock,
    )
    saveReserved(tx, lines, outcomes)
    const byId = new Map(orders.map(order => [order.key, order]))
    await publish(
      tx,
      outcomes.map(outcome => answer(outcome, byId.get(outcome.orderId) as EventOf<'order.created'>)),
    )
    tx.afterCommit(() => countRejections(outcomes))
  },

  'shipment.shipped': async (tx, events) => {
    const known = await end(tx, idsOf(events), 'committed')
    const strangers = events.filter(event => !known.has(event.key)) // they undo it all
    if (strangers.length > 0)
      throw new PoisonEvents(
        strangers.map(event => [event, `shipment.shipped for an order that holds no stock here: ${event.key}`]),
      )
  },

  'order.cancelled': async (tx, events) => {
    await end(tx, idsOf(events), 'released')
  },
})

const idsOf = (events: readonly { key: string }[]) => events.map(event => event.key)

function answer(outcome: Outcome, { key, data }: EventOf<'order.created'>) {
  return outcome.reserved
    ? {
        type: 'stock.reserved' as const,
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
        type: 'stock.rejected' as const,
        key,
        sequence: 1,
        data: { orderId: key, reason: outcome.reason, shortages: outcome.shortages },
      }
}

async function end(tx: Tx, orderIds: readonly string[], how: 'released' | 'committed'): Promise<Set<string>> {
  const [{ known, resolved }, all] = await Promise.all([resolveClaims(tx, orderIds, how), linesOf(tx, orderIds)])
  if (resolved.length === 0) return known
  const standing = new Set(resolved.map(one => one.orderId))
  const lines = all.filter(line => standing.has(line.orderId))
  await failpoint(`stock-${how}`, async () => (how === 'released' ? saveReleased : saveCommitted)(tx, lines))
  const byOrder = linesByOrder(lines)
  await publish(
    tx,
    resolved.map(({ orderId, version }) => ({
      type: how === 'released' ? ('stock.released' as const) : ('stock.committed' as const),
      key: orderId,
      sequence: version,
      data: { orderId, lines: byOrder.get(orderId) ?? [] },
    })),
  )
  return known
}
