import type { Tx } from '@docket/chassis/database.ts'
import { send } from '@docket/chassis/outbox.ts'
import { countCreated, countEnded } from './order.metrics.ts'
import { advance, cancel, insertOrders, reject, type Cancellation, type NewOrder, type Rejection } from './order.store.ts'
import { shortagesInWords } from './timeline.ts'
import { writeTimeline, type TimelineLine } from './timeline.store.ts'

// The steps of an order's life: each saves what may change, writes the timeline and sends the event, for many orders at once.

/** Keeps new orders. One whose items are unknown is over at once; nobody else hears of it but by its order.rejected. */
export async function create(tx: Tx, orders: readonly NewOrder[], windowMs: number): Promise<void> {
  const expiry = await insertOrders(tx, orders, windowMs)
  await writeTimeline(tx, orders.flatMap(order => order.status === 'pending'
    ? [ours(order.id, 'order.created')]
    : [ours(order.id, 'order.created'), ours(order.id, 'order.rejected', order.detail)]))
  await send(tx, orders.map(order => order.status === 'pending'
    ? { type: 'order.created', key: order.id, sequence: 1, data: createdData(order, expiry.get(order.id)) }
    : { type: 'order.rejected', key: order.id, sequence: 1, data: { orderId: order.id, reason: order.reason, shortages: order.shortages } }))
  tx.afterCommit(() => {
    countCreated(orders.length)
    for (const order of orders) if (order.status === 'rejected') countEnded({ status: 'rejected', reason: order.reason }, 0)
  })
}

function createdData(order: NewOrder, expiresAt: Date | undefined) {
  if (!expiresAt) throw new Error(`order ${order.id} was not inserted`)
  return {
    orderId: order.id, customerId: order.customerId, lines: order.lines.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice })),
    total: order.total, currency: order.currency, paymentToken: order.paymentToken, expiresAt: expiresAt.toISOString(),
    ...(order.shippingAddress && { shippingAddress: order.shippingAddress }),
  }
}

/** Stock is reserved and the money is there. */
export async function accept(tx: Tx, ids: readonly string[]): Promise<void> {
  const accepted = await advance(tx, ids, 'accepted')
  await writeTimeline(tx, accepted.map(({ id }) => ours(id, 'order.accepted')))
  await send(tx, accepted.map(({ id, version, lines, shippingAddress }) => ({
    type: 'order.accepted', key: id, sequence: version,
    data: { orderId: id, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })), ...(shippingAddress && { shippingAddress }) },
  })))
}

/** The parcel has left and the stock with it. */
export async function complete(tx: Tx, ids: readonly string[]): Promise<void> {
  const completed = await advance(tx, ids, 'completed')
  await writeTimeline(tx, completed.map(({ id }) => ours(id, 'order.completed')))
  await send(tx, completed.map(({ id, version }) => ({ type: 'order.completed', key: id, sequence: version, data: { orderId: id } })))
  tx.afterCommit(() => { for (const { ageSeconds } of completed) countEnded({ status: 'completed', reason: 'none' }, ageSeconds) })
}

/** There is not enough stock. */
export async function rejectForStock(tx: Tx, rejections: readonly Omit<Rejection, 'detail'>[]): Promise<void> {
  const rejected = await reject(tx, rejections.map(one => ({ ...one, detail: shortagesInWords(one.reason, one.shortages) })))
  await writeTimeline(tx, rejected.map(({ id, detail }) => ours(id, 'order.rejected', detail)))
  await send(tx, rejected.map(({ id, version, reason, shortages }) =>
    ({ type: 'order.rejected', key: id, sequence: version, data: { orderId: id, reason, shortages } })))
  tx.afterCommit(() => { for (const { reason, ageSeconds } of rejected) countEnded({ status: 'rejected', reason }, ageSeconds) })
}

/** Cancels those that still may be; order.cancelled is the one signal that undoes. Says how many. */
export async function cancelAll(tx: Tx, cancellations: readonly Cancellation[], cancelledBy?: string): Promise<number> {
  const cancelled = await cancel(tx, cancellations)
  await writeTimeline(tx, cancelled.map(({ id, reason, detail }) =>
    ours(id, 'order.cancelled', `${reason.replaceAll('_', ' ')}${detail ? `: ${detail}` : ''}`)))
  await send(tx, cancelled.map(({ id, version, reason, detail }) => ({
    type: 'order.cancelled', key: id, sequence: version,
    data: { orderId: id, reason, ...(detail !== null && { detail }), ...(cancelledBy !== undefined && { cancelledBy }) },
  })))
  tx.afterCommit(() => { for (const { reason, ageSeconds } of cancelled) countEnded({ status: 'cancelled', reason }, ageSeconds) })
  return cancelled.length
}

const ours = (orderId: string, event: string, detail?: string): TimelineLine => ({ orderId, event, service: 'order-service', detail })
