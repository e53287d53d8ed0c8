import { z } from 'zod'
import { refused } from '@docket/chassis/refused.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { moment, orderRange, pageLimit, pageOf } from '@docket/chassis/http/list.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { ok, route, seesAll, weightOfPage, type Route, type User } from '@docket/chassis/http/route.ts'
import { findShipment, listShipments, type SentShipment } from './shipment.store.ts'

const Shipment = z
  .object({
    orderId: z.uuid(),
    id: z.uuid(),
    carrier: z.string(),
    trackingNumber: z.string(),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
    shippingAddress: z.record(z.string(), z.string()).optional(),
    shippedAt: z.iso.datetime(),
  })
  .meta({ id: 'Shipment' })

const Page = z.object({ items: z.array(Shipment), nextCursor: z.string().nullable() })

const ListQuery = z.object({
  order: z.uuid().optional(),
  carrier: z.string().trim().min(1).max(200).optional(),
  since: moment.optional().meta({ description: 'Of orders that were created at this time or later' }),
  until: moment.optional().meta({ description: 'Of orders that were created before' }),
  limit: pageLimit,
  cursor: z.uuid().optional(),
})

export const routes: Route[] = [
  resendRoute,
  deadLettersRoute,
  route({
    method: 'get',
    path: '/shipments/:orderId',
    who: 'user',
    summary: 'The parcel of an order; customers see their own, observers no addresses',
    params: z.object({ orderId: z.uuid() }),
    answers: { 200: Shipment },
    refusals: { not_found: 404 },
    async handle({ tx, params, user }) {
      const shipment = await findShipment(tx, params.orderId)
      if (!shipment || (!seesAll(user) && shipment.customerId !== user.id)) return noParcel
      return ok(seenBy(user, shipment))
    },
  }),

  route({
    method: 'get',
    path: '/shipments',
    who: 'observer',
    summary: 'List the parcels, those of the newest orders first; observers see no addresses',
    query: ListQuery,
    weight: weightOfPage,
    answers: { 200: Page },
    async handle({ tx, query: { order, carrier, limit, ...range }, user }) {
      const rows = await listShipments(tx, { order, carrier, ...orderRange(range), limit: limit + 1 })
      const { page, nextCursor } = pageOf(rows, limit, ({ orderId }) => orderId)
      return ok({ items: page.map(shipment => seenBy(user, shipment)), nextCursor })
    },
  }),
]

function seenBy({ role }: User, { customerId: _, shippingAddress, shippedAt, ...rest }: SentShipment) {
  return { ...rest, ...(role !== 'observer' && { shippingAddress }), shippedAt: shippedAt.toISOString() }
}

const noParcel = refused('not_found', 'No parcel has been shipped for this order, or it is not yours.')
