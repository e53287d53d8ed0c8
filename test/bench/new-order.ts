import { newId } from '@docket/chassis/id.ts'

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
