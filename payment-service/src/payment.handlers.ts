import type { EventOf } from '@docket/contract/event.ts'
import type { Tx } from '@docket/chassis/database/database.ts'
import { canWait, lockingFirst, savesMarks, type Batch } from '@docket/chassis/messaging/handlers.ts'
import { newId } from '@docket/chassis/id.ts'
import type { Charging } from './payment.ts'
import { cancelCharges, claimPayments } from './payment.store.ts'
import type { RefundRequest } from './refund.ts'
import { refund } from './refund.steps.ts'
import { lockRefundable, type LockedPayment } from './refund.store.ts'

/**
 * Claims all orders of the batch, and locks the payments of which something is refunded. An order that is also
 * cancelled in it is charged first, so that it is refunded. A batch without refunds leases what it claims; beside other
 * locks, the leases of two replicas could deadlock.
 */
async function claim(tx: Tx, batch: Batch, charging?: Charging<Tx>): Promise<Map<string, LockedPayment>> {
  const { 'stock.reserved': reserved = [], 'order.cancelled': cancelled = [] } = batch
  claimPayments(
    tx,
    reserved.map(({ key, data }) => ({
      orderId: key,
      id: newId(),
      amount: data.total,
      currency: data.currency,
      token: data.paymentToken,
      customerId: data.customerId,
    })),
    cancelled.map(({ key }) => ({ orderId: key, id: newId() })),
  )
  const { 'order.lines_cancelled': linesCancelled = [], 'order.lines_returned': returned = [] } = batch
  const refunded = [...linesCancelled, ...returned, ...cancelled].map(({ key }) => key)
  if (charging && reserved.length > 0 && refunded.length === 0) {
    const leased = await charging.lease(tx)
    tx.afterCommit(() => charging.begin(leased))
  }
  return lockRefundable(tx, refunded)
}

type Compensated = EventOf<'order.lines_cancelled'> | EventOf<'order.lines_returned'> | EventOf<'order.cancelled'>

function toRequest({ key, type, data }: Compensated): RefundRequest {
  switch (type) {
    case 'order.lines_cancelled':
      return { orderId: key, ...data.refund, reason: 'lines_cancelled' }
    case 'order.lines_returned':
      return { orderId: key, ...data.refund, reason: 'returned' }
    case 'order.cancelled':
      return { orderId: key, refundId: key, amount: 'rest', reason: data.reason }
  }
}

/**
 * Shared by neighbours, so that each refund of an order is limited by those before it in the same batch. It can wait: a
 * charge takes milliseconds, so who cancels a second later gets a refund anyway.
 */
const compensate = canWait(
  async (tx: Tx, events: readonly Compensated[], payments: ReadonlyMap<string, LockedPayment>) => {
    const cancelled = events.filter(event => event.type === 'order.cancelled')
    cancelCharges(
      tx,
      cancelled.map(({ key, data }) => ({ orderId: key, reason: data.reason })),
    )
    await refund(tx, payments, events.map(toRequest))
  },
)

/**
 * Types are listed in the order of an order's life. What the provider answers is published by payment.sweeps.ts and
 * refund.sweeps.ts.
 */
export const handlersFor = (charging?: Charging<Tx>) =>
  lockingFirst((tx, batch) => claim(tx, batch, charging), {
    ...savesMarks,

    'stock.reserved': async () => undefined, // the claim is all there is to do

    'order.lines_cancelled': compensate,
    'order.lines_returned': compensate,
    'order.cancelled': compensate,
  })

export const handlers = handlersFor()
