import { z } from 'zod'
import { moment, pageLimit } from '@docket/chassis/http/list.ts'

// Requests and responses of the REST API; openapi.json is generated from these.

const sku = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, dots, dashes or underscores, and start with a letter or digit',
  )
const text = (most: number) => z.string().trim().min(1).max(most)

export const OrderId = z.object({ id: z.uuid().transform(id => id.toLowerCase()) })

const ShippingAddress = z.strictObject({
  name: text(200),
  line1: text(200),
  line2: text(200).optional(),
  postalCode: text(20),
  city: text(100),
  country: z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code such as DE'),
})

export const NewOrderBody = z
  .strictObject({
    lines: z
      .array(z.strictObject({ sku, quantity: z.int().min(1).max(1_000_000) }))
      .min(1)
      .max(100)
      .meta({ description: 'What, and how many; the price is ours to say' }),
    paymentToken: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be a card token such as tok_ok')
      .default('tok_ok'),
    shippingAddress: ShippingAddress.optional(),
  })
  .meta({ example: { lines: [{ sku: 'mug', quantity: 2 }], paymentToken: 'tok_ok' } })

export const CancelBody = z.strictObject({ detail: text(500).optional() }).default({})

const time = z.iso.datetime({ offset: true })
const status = z.enum(['pending', 'accepted', 'completed', 'rejected', 'cancelled'])

export const ListQuery = z.object({
  status: status.optional(),
  customer: z.uuid().optional(),
  since: moment.optional(),
  until: moment.optional(),
  stuck: z
    .enum(['true', 'false'])
    .transform(value => value === 'true')
    .optional(),
  limit: pageLimit,
  cursor: z.uuid().optional(),
})

const Summary = z.object({
  id: z.uuid(),
  customerId: z.uuid(),
  status,
  reason: z.string().optional(),
  detail: z.string().optional(),
  lines: z.array(z.object({ sku: z.string(), name: z.string(), quantity: z.int(), unitPrice: z.int() })),
  shortages: z.array(z.object({ sku: z.string(), requested: z.int(), available: z.int() })).optional(),
  total: z.int().meta({ description: 'Minor units of the currency' }),
  currency: z.string(),
  shippingAddress: ShippingAddress.optional(),
  createdAt: time,
  updatedAt: time,
  expiresAt: time,
  version: z.int(),
  stuck: z.boolean(),
  waitsFor: z
    .object({ service: z.string(), step: z.string() })
    .optional()
    .meta({ description: 'The step that comes next, while the order is not final' }),
})

export const Order = Summary.extend({
  timeline: z.array(z.object({ at: time, event: z.string(), service: z.string(), detail: z.string().optional() })),
})

export const OrderPage = z.object({ items: z.array(Summary), nextCursor: z.string().nullable() })
