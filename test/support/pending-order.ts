import { idOf } from './events.ts'

/** Its id is derived from the name, so that tests can refer to it. */
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
