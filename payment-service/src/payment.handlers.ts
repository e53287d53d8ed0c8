import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import { newId } from '@docket/chassis/id.ts'
import { cancelPayments, claimPayments } from './payment.store.ts'

/**
 * In the order of an order's life. Nothing is published here: payment.sweeps.ts publishes the provider's answer.
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
