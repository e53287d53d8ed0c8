import { z } from 'zod'
import { refused } from '@docket/chassis/refused.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { ok, route, type Route } from '@docket/chassis/http/route.ts'
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
    who: 'operator',
    summary: 'The parcel of an order',
    params: z.object({ orderId: z.uuid() }),
    answers: { 200: Shipment },
    refusals: { not_found: 404 },
    async handle({ tx, params }) {
      const shipment = await findShipment(tx, params.orderId)
      return shipment
        ? ok({ ...shipment, shippedAt: shipment.shippedAt.toISOString() })
        : refused('not_found', 'No parcel has left for this order.')
    },
  }),
]
