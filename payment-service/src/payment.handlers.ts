import type { Tx } from '@docket/chassis/database/database.ts'
import { lockingFirst, savesMarks, type Batch } from '@docket/chassis/messaging/handlers.ts'
import { newId } from '@docket/chassis/id.ts'
import { cancelPayments, claimPayments } from './payment.store.ts'

/** Claims all orders of the batch. An order that is also cancelled in it is charged first, so that it is refunded. */
async function claim(tx: Tx, { 'stock.reserved': reserved = [], 'order.cancelled': cancelled = [] }: Batch) {
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
}

/**
 * Types are listed in the order of an order's life. Nothing is published here, because payment.sweeps.ts publishes the
 * provider's answer.
 */
export const handlers = lockingFirst(claim, {
  ...savesMarks,

  'stock.reserved': async () => undefined, // the claim is all there is to do

  'order.cancelled': async (tx, events) =>
    cancelPayments(
      tx,
      events.map(({ key, data }) => ({ orderId: key, reason: data.reason })),
    ),
})
