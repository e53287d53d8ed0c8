import { z } from 'zod'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { moment, pageLimit } from '@docket/chassis/http/list.ts'
import {
  currencyPattern,
  currencyRule,
  locationPattern,
  locationRule,
  movementKinds,
  skuPattern,
  skuRule,
} from '@docket/contract/terms.ts'
import { mostPieces } from './item.ts'

const sku = z.string().regex(skuPattern, skuRule)
const name = z.string().trim().min(1).max(200)
const unitPrice = z.int().min(0).max(1_000_000_000_000).meta({ description: 'Minor units of the currency' })

export const Sku = z.object({ sku })

export const NewItemBody = z
  .strictObject({
    sku,
    name,
    unitPrice,
    currency: z.string().regex(currencyPattern, currencyRule),
    quantity: z.int().min(0).max(mostPieces),
  })
  .meta({ example: { sku: 'mug', name: 'Mug', unitPrice: 450, currency: 'EUR', quantity: 100 } })

export const ItemChange = z
  .strictObject({ name: name.optional(), unitPrice: unitPrice.optional() })
  .refine(change => change.name !== undefined || change.unitPrice !== undefined, 'name a change: name or unitPrice')

export const Adjustment = z
  .strictObject({
    delta: z
      .int()
      .min(-mostPieces)
      .max(mostPieces)
      .refine(delta => delta !== 0, 'must not be 0'),
    reason: z.string().trim().min(1).max(200),
  })
  .meta({ example: { delta: -2, reason: 'broken in storage' } })

export const ListQuery = z.object({
  search: z.string().trim().min(1).max(200).optional(),
  below: z.coerce.number().int().min(0).max(mostPieces).optional(),
  limit: pageLimit,
  cursor: sku.optional(),
})

export const Item = z
  .object({
    sku: z.string(),
    name: z.string(),
    unitPrice: z.int(),
    currency: z.string(),
    available: z.int(),
    reserved: z.int(),
    shipped: z.int(),
    scrapped: z.int().meta({ description: 'Came back, and cannot be sold' }),
    lost: z.int().meta({ description: 'Of those shipped: never came back, and were refunded' }),
    received: z.int().meta({ description: 'Available, reserved, shipped or scrapped' }),
  })
  .meta({ id: 'Item' })

export const ItemPage = z.object({ items: z.array(Item), nextCursor: z.string().nullable() })

export const MovementQuery = z.object({
  kind: z.enum(movementKinds).optional(),
  order: givenId.optional(),
  location: z.string().regex(locationPattern, locationRule).optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit: pageLimit,
  cursor: z.coerce.number().int().min(1).optional(),
})

const pieces = z.int().meta({ description: 'By how many pieces it changed' })

const Movement = z
  .object({
    id: z.int(),
    sku: z.string(),
    kind: z.enum(movementKinds),
    location: z.string(),
    available: pieces,
    reserved: pieces,
    shipped: pieces,
    scrapped: pieces,
    lost: pieces,
    moved: z.int().meta({ description: 'How many came here from another location; negative: went there' }),
    orderId: z.uuid().optional(),
    ref: z.uuid().optional().meta({ description: 'The shipment, cancel request or return that it comes from' }),
    reason: z.string().optional().meta({ description: 'What the operator gave as the reason' }),
    at: z.iso.datetime(),
  })
  .meta({ id: 'Movement' })

export const MovementPage = z.object({ items: z.array(Movement), nextCursor: z.string().nullable() })
