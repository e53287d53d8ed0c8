import type { Tx } from '@docket/chassis/database/database.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { mayPublish } from '@docket/chassis/messaging/published-types.ts'
import { countCreated, countEnded, countUnknown } from './order.metrics.ts'
import {
  acceptReserved,
  cancel,
  insertOrders,
  notePaid,
  reject,
  storedOrder,
  timesOf,
  type Cancellation,
  type NewOrder,
  type OrderRow,
  type RejectedOrder,
  type Rejection,
  type Times,
} from './order.store.ts'
import { shortagesInWords, type TimelineEntry } from './timeline.ts'
import { writeTimeline } from './timeline.store.ts'

export async function create(
  tx: Tx,
  orders: readonly NewOrder[],
  windowMs: number,
  known?: Times,
): Promise<{ row: OrderRow; timeline: TimelineEntry[] }[]> {
  if (orders.length === 0) return []
  insertOrders(tx, orders, windowMs)
  const times = known ?? (await timesOf(tx, windowMs))
  const rows = orders.map(order => storedOrder(order, times))
  const stepsOf = ({ id, status, detail }: OrderRow) =>
    status === 'pending'
      ? [ours(id, 'order.created')]
      : [ours(id, 'order.created'), ours(id, 'order.rejected', detail ?? undefined)]
  writeTimeline(tx, rows.flatMap(stepsOf))
  await publish(
    tx,
    rows.map(row =>
      row.status === 'rejected'
        ? {
            type: 'order.rejected',
            key: row.id,
            sequence: 1,
            data: { orderId: row.id, reason: row.reason, shortages: row.shortages },
          }
        : { type: 'order.created', key: row.id, sequence: 1, data: createdData(row) },
    ),
  )
  tx.afterCommit(() => {
    countCreated(orders.length)
    for (const order of orders)
      if (order.status === 'rejected') countEnded({ status: 'rejected', reason: order.reason }, 0)
  })
  return rows.map(row => ({
    row,
    timeline: stepsOf(row).map(({ orderId: _, ...step }) => ({ at: row.createdAt.toISOString(), ...step })),
  }))
}

function createdData(order: OrderRow) {
  return {
    orderId: order.id,
    customerId: order.customerId,
    lines: order.lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice })),
    total: order.total,
    currency: order.currency,
    paymentToken: order.paymentToken,
    expiresAt: order.expiresAt.toISOString(),
    ...(order.shippingAddress && { shippingAddress: order.shippingAddress }),
  }
}

/** Of these paid orders, those whose stock is reserved; the others follow when `stock.reserved` comes. */
export async function accept(tx: Tx, ids: readonly string[]): Promise<void> {
  const accepted = await acceptReserved(tx, ids)
  if (accepted.length < new Set(ids).size) notePaid(tx, ids)
  writeTimeline(
    tx,
    accepted.map(({ id }) => ours(id, 'order.accepted')),
  )
  await publish(
    tx,
    accepted.map(({ id, version, customerId, lines, shippingAddress, allocations }) => ({
      type: 'order.accepted',
      key: id,
      sequence: version,
      data: {
        orderId: id,
        customerId,
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
        ...(shippingAddress && { shippingAddress }),
        ...(allocations && { allocations }),
      },
    })),
  )
}

export async function rejectForStock(
  tx: Tx,
  rejections: readonly Omit<Rejection, 'detail'>[],
): Promise<RejectedOrder[]> {
  const rejected = await reject(
    tx,
    rejections.map(one => ({ ...one, detail: shortagesInWords(one.reason, one.shortages) })),
  )
  writeTimeline(
    tx,
    rejected.map(({ id, detail }) => ours(id, 'order.rejected', detail)),
  )
  await publish(
    tx,
    rejected.map(({ id, version, reason, shortages }) => ({
      type: 'order.rejected',
      key: id,
      sequence: version,
      data: { orderId: id, reason, shortages },
    })),
  )
  tx.afterCommit(() => {
    for (const { reason, ageSeconds } of rejected) countEnded({ status: 'rejected', reason }, ageSeconds)
  })
  return rejected
}

export async function cancelAll(tx: Tx, cancellations: readonly Cancellation[], cancelledBy?: string): Promise<number> {
  const cancelled = await cancel(tx, cancellations)
  writeTimeline(
    tx,
    cancelled.map(({ id, reason, detail }) =>
      ours(id, 'order.cancelled', `${reason.replaceAll('_', ' ')}${detail ? `: ${detail}` : ''}`),
    ),
  )
  await publish(
    tx,
    cancelled.map(({ id, version, reason, detail }) => ({
      type: 'order.cancelled',
      key: id,
      sequence: version,
      data: {
        orderId: id,
        reason,
        ...(detail !== null && { detail }),
        ...(cancelledBy !== undefined && { cancelledBy }),
      },
    })),
  )
  tx.afterCommit(() => {
    for (const { reason, ageSeconds } of cancelled) countEnded({ status: 'cancelled', reason }, ageSeconds)
  })
  return cancelled.length
}

/**
 * Undoes what other services did for orders that never existed here, and whose tombstones were made in this
 * transaction: docs/decisions/0022.
 */
export async function cancelUnknown(tx: Tx, ids: readonly string[]): Promise<void> {
  const detail = 'there is no such order'
  // a consumer of the previous release would dead-letter a reason that it does not know, and undo nothing
  const reason = mayPublish('order.cancelled reason unknown_order') ? 'unknown_order' : 'requested'
  writeTimeline(
    tx,
    ids.map(id => ours(id, 'order.cancelled', detail)),
  )
  await publish(
    tx,
    ids.map(id => ({
      type: 'order.cancelled',
      key: id,
      sequence: 1,
      data: { orderId: id, reason, detail },
    })),
  )
  tx.afterCommit(() => countUnknown(ids.length))
}

export const ours = (orderId: string, event: string, detail?: string) => ({
  orderId,
  event,
  service: 'order-service',
  ...(detail !== undefined && { detail }),
})
