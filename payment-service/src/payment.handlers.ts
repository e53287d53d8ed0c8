import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import { newId } from '@docket/chassis/id.ts'
import { cancelPayments, claimPayments } from './payment.store.ts'

/**
 * In the order of an order's life. Nothing is sent here: the provider's answer is what others hear of, in
 * payment.sweeps.ts.
 */
export const handlers: Handlers = {
  'stock.reserved': async (tx, events) =>
    claimPayments(
      tx,
      events.map(({ key, data }) => ({
        orderId: key,
        id: newId(),
        amount: data.total,
        currency: data.currency,
        token: data.paymentToken,
      })),
    ),

  'order.cancelled': async (tx, events) =>
    cancelPayments(
      tx,
      events.map(({ key, data }) => ({ orderId: key, id: newId(), reason: data.reason })),
    ),
}
