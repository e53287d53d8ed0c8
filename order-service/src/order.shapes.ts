import { z } from 'zod'
import {
  addressLimits,
  cardTokenPattern,
  cardTokenRule,
  cancelRequestStatuses,
  mostLines,
  mostOfALine,
  orderStatuses,
  skuPattern,
  skuRule,
} from '@docket/contract/terms.ts'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { stepNames } from '@docket/contract/steps.ts'
import { moment, pageLimit } from '@docket/chassis/http/list.ts'

const sku = z.string().regex(skuPattern, skuRule)
const time = z.iso.datetime({ offset: true })
const text = (most: number) => z.string().trim().min(1).max(most)

export const OrderId = z.object({ id: givenId })

const ShippingAddress = z.strictObject({
  name: text(addressLimits.name.maxLength),
  line1: text(addressLimits.line1.maxLength),
  line2: text(addressLimits.line2.maxLength).optional(),
  postalCode: text(addressLimits.postalCode.maxLength),
  city: text(addressLimits.city.maxLength),
  country: z.string().regex(new RegExp(addressLimits.country.pattern), 'must be an ISO 3166 code such as DE'),
})

export const NewOrderBody = z
  .strictObject({
    lines: z
      .array(z.strictObject({ sku, quantity: z.int().min(1).max(mostOfALine) }))
      .min(1)
      .max(mostLines)
      .meta({ description: 'What, and how many; the price is ours to say' }),
    paymentToken: z.string().regex(cardTokenPattern, cardTokenRule).default('tok_ok'),
    shippingAddress: ShippingAddress.optional(),
  })
  .meta({ example: { lines: [{ sku: 'mug', quantity: 2 }], paymentToken: 'tok_ok' } })

const Pieces = z.object({ sku: z.string(), quantity: z.int() })

export const CancelBody = z
  .strictObject({
    detail: text(500).optional(),
    lines: z
      .array(z.strictObject({ sku, quantity: z.int().min(1).max(mostOfALine) }))
      .min(1)
      .max(mostLines)
      .optional()
      .meta({ description: 'What is to be cancelled of an accepted order; without, all of the order' }),
  })
  .default({})

export const CancelRequestId = OrderId.extend({ requestId: givenId })

const status = z.enum(orderStatuses)

export const ListQuery = z.object({
  status: status.optional(),
  customer: givenId.optional(),
  since: moment.optional(),
  until: moment.optional(),
  stuck: z
    .enum(['true', 'false'])
    .transform(value => value === 'true')
    .optional(),
  limit: pageLimit,
  cursor: givenId.optional(),
})

export const CancelRequest = z
  .object({
    requestId: z.uuid(),
    orderId: z.uuid(),
    status: z.enum(cancelRequestStatuses).meta({
      description:
        'open: shipping-service decides; withdrawn: nothing of it leaves; partly, refused: some or all had left',
    }),
    lines: z.array(Pieces).meta({ description: 'What was to be cancelled' }),
    withdrawn: z.array(Pieces.extend({ location: z.string() })).optional(),
    refused: z.array(Pieces).optional().meta({ description: 'What had left already' }),
    detail: z.string().optional(),
    requestedBy: z.uuid(),
    requestedAt: time,
    answeredAt: time.optional(),
  })
  .meta({ id: 'CancelRequest' })

export const CancelRequestList = z.object({ items: z.array(CancelRequest) })

const pieces = (description: string) => z.int().meta({ description })

const Line = z.object({
  sku: z.string(),
  name: z.string(),
  quantity: z.int(),
  unitPrice: z.int(),
  cancelled: pieces('How many will not leave'),
  shipped: pieces('How many have left; what is neither cancelled nor shipped is open'),
  returned: pieces('How many of those shipped came back or were lost'),
})

const stepName = z.enum(stepNames)

const WaitsFor = z.object({
  name: stepName,
  service: z.string().meta({ description: 'Whose step it is' }),
  step: z.string().meta({ description: 'The step in words' }),
  since: time.meta({ description: 'When the order last made progress' }),
})

const Summary = z
  .object({
    id: z.uuid(),
    customerId: z.uuid(),
    status,
    reason: z.string().optional(),
    detail: z.string().optional(),
    lines: z.array(Line),
    shortages: z.array(z.object({ sku: z.string(), requested: z.int(), available: z.int() })).optional(),
    total: z.int().meta({ description: 'Minor units of the currency' }),
    currency: z.string(),
    shippingAddress: ShippingAddress.optional(),
    createdAt: time,
    updatedAt: time,
    expiresAt: time,
    version: z.int(),
    stuck: z.boolean(),
    waitsFor: WaitsFor.optional().meta({
      description: 'The step that comes next, while the order is not final or something of it is not decided',
    }),
  })
  .meta({ id: 'OrderSummary' })

export const Order = Summary.extend({
  timeline: z.array(
    z.object({
      at: time,
      event: z.string(),
      service: z.string(),
      detail: z.string().optional(),
      ref: z.string().optional().meta({ description: 'The shipment, return, refund or request that it is about' }),
    }),
  ),
}).meta({ id: 'Order' })

export const OrderPage = z.object({ items: z.array(Summary), nextCursor: z.string().nullable() })

const perSecond = (description: string) => z.number().meta({ description: `${description} a second, in the window` })

export const OrderSteps = z
  .object({
    at: time,
    isLimited: z.boolean().meta({ description: 'There are more orders under way than were counted' }),
    windowSeconds: z.int().meta({ description: 'How far back rates and times go; shorter when more happens' }),
    perSecond: z.object({
      created: perSecond('Orders created'),
      completed: perSecond('Orders completed'),
      rejected: perSecond('Orders rejected'),
      cancelled: perSecond('Orders cancelled'),
    }),
    steps: z
      .array(
        z.object({
          name: stepName,
          service: z.string(),
          step: z.string(),
          orders: z.int().meta({ description: 'How many orders wait for it' }),
          stuck: z.int().meta({ description: 'How many of them are stuck' }),
          oldestSince: time.optional().meta({ description: 'When the one that waits longest last made progress' }),
          perSecond: perSecond('Orders that have passed it'),
          p50Ms: z.number().optional().meta({ description: 'The median time of those that have passed it' }),
          p95Ms: z.number().optional(),
        }),
      )
      .meta({ description: 'All steps, in the order in which an order goes through them' }),
    orders: z
      .array(
        Summary.pick({
          id: true,
          customerId: true,
          status: true,
          total: true,
          currency: true,
          createdAt: true,
          stuck: true,
        }).extend({ waitsFor: WaitsFor, lines: z.array(Pieces) }),
      )
      .meta({ description: 'Of each step the orders that have waited for it longest' }),
  })
  .meta({ id: 'OrderSteps' })
