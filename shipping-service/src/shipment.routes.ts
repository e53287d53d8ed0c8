import { z } from 'zod'
import { refused } from '@docket/chassis/refused.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { ok, route, seesAll, type Route } from '@docket/chassis/http/route.ts'
import { findShipment } from './shipment.store.ts'

const Shipment = z.object({
  orderId: z.uuid(),
  id: z.uuid(),
  carrier: z.string(),
  trackingNumber: z.string(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  shippingAddress: z.record(z.string(), z.string()).optional(),
  shippedAt: z.iso.datetime(),
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
      const { customerId: _, shippingAddress, shippedAt, ...rest } = shipment
      return ok({
        ...rest,
        ...(user.role !== 'observer' && { shippingAddress }),
        shippedAt: shippedAt.toISOString(),
      })
    },
  }),
]

const noParcel = refused('not_found', 'No parcel has left for this order, or it is not yours.')
