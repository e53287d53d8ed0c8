import { z } from 'zod'
import { resendLast } from '../messaging/resend.ts'
import { refused } from '../refused.ts'
import { givenId } from './given-id.ts'
import { ReasonBody } from './reason.ts'
import { ok, route } from './route.ts'

const Resent = z.object({
  orderId: z.uuid(),
  type: z.string(),
  id: z.uuid().meta({ description: 'ce_id: the one that the event had the first time' }),
  sequence: z.int(),
  time: z.iso.datetime(),
})

export const resendRoute = route({
  method: 'post',
  path: '/orders/:id/resend',
  who: 'operator',
  summary: 'Publish the last event of this service about an order again: same id, same sequence, same data',
  params: z.object({ id: givenId }),
  body: ReasonBody,
  answers: { 200: Resent },
  refusals: { nothing_to_resend: 404 },
  async handle({ tx, params, body: { reason }, audit }) {
    const event = await resendLast(tx, params.id)
    if (!event) return refused('nothing_to_resend', 'This service has no stored event about this order.')
    const on = { kind: 'order', id: params.id }
    await audit({ act: 'event.resent', on, orderId: params.id, reason, detail: event.type })
    return ok({ orderId: params.id, type: event.type, id: event.eventId, sequence: event.sequence, time: event.time })
  },
})
