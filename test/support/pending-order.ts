import { idOf } from './events.ts'

/** A pending order of two mugs, as order-service creates it; its id is made from the name. */
export const pendingOrder = (name: string) => ({
  id: idOf(name),
  customerId: idOf('a customer'),
  status: 'pending' as const,
  total: 200,
  currency: 'EUR',
  paymentToken: 'tok_ok',
  shippingAddress: null,
  lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: 100 }],
})
