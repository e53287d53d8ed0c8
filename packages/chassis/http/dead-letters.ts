import { z } from 'zod'
import { carryOutAlone } from '../messaging/dead-letters.ts'
import { reason } from './reason.ts'
import { ok, route } from './route.ts'

const Id = z
  .string()
  .max(100)
  .regex(/^[a-z-]+\/\d+$/)

const Ids = z.array(Id.meta({ description: 'As mgmt dlq list shows it: order-events/17' }))

const Order = z.strictObject({
  action: z.enum(['redrive', 'dismiss']),
  ids: Ids.min(1).max(2_000),
  reason,
  again: z.boolean().default(false).meta({ description: 'Also those that were sent again or dismissed already' }),
})

const Outcome = z.object({
  done: Ids,
  gone: Ids.meta({ description: 'The record has gone from its topic, and the letter has no copy of it' }),
  skipped: Ids.meta({ description: 'Somebody else was faster, or there is no such letter' }),
  left: Ids.meta({ description: 'For another request: this one would have taken too long' }),
})

export const deadLettersRoute = route({
  method: 'post',
  path: '/dead-letters',
  who: 'operator',
  summary: "Send dead letters of this service's topic again, or dismiss them; each once, whoever asks at the same time",
  body: Order,
  answers: { 200: Outcome },
  idempotency: 'own', // letters that are no longer waiting are skipped
  manual: true, // it talks to Kafka, under a lock of the database
  async handle({ db, body: { reason, ...order }, user, log, signal, audit, traceparent }) {
    const outcome = await carryOutAlone(db, order, {
      signal,
      announce: letters =>
        db.transaction(
          tx =>
            audit(
              letters.map(({ id, orderId, inWords }) => ({
                act: actOf[order.action],
                on: { kind: 'dead_letter', id },
                orderId,
                reason,
                detail: inWords,
              })),
              tx,
            ),
          traceparent,
        ),
    })
    const counts = Object.fromEntries(Object.entries(outcome).map(([what, ids]) => [what, ids.length]))
    log.info({ userId: user.id, action: order.action, ...counts }, 'dead letters')
    return ok(outcome)
  },
})

const actOf = { redrive: 'dead_letter.redriven', dismiss: 'dead_letter.dismissed' } as const
