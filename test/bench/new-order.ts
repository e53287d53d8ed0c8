import { newId } from '@docket/chassis/id.ts'

/** An order of one piece, as order-service keeps it when it is priced. */
export const newOrder = (sku: string, customerId: string) => ({
  id: newId(),
  customerId,
  lines: [{ sku, name: 'bench', quantity: 1, unitPrice: 450 }],
  total: 450,
  currency: 'EUR',
  paymentToken: 'tok_ok',
  shippingAddress: null,
  status: 'pending' as const,
})
