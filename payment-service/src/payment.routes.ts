import { z } from 'zod'
import { refused } from '@docket/chassis/refused.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { ok, route, type Route } from '@docket/chassis/http/route.ts'
import { attemptsOf, findPayment } from './payment.store.ts'

const Payment = z.object({
  orderId: z.uuid(),
  id: z.uuid(),
  status: z.enum(['charging', 'succeeded', 'failed', 'refunding', 'refunded', 'void']),
  amount: z.int().meta({ description: 'Minor units of the currency' }),
  currency: z.string(),
  reason: z.string().optional(),
  attempts: z.array(
    z.object({ kind: z.string(), outcome: z.string(), answer: z.string().optional(), at: z.iso.datetime() }),
  ),
  refunds: z.array(z.object({ amount: z.int(), currency: z.string(), at: z.iso.datetime() })),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})

export const routes: Route[] = [
  resendRoute,
  route({
    method: 'get',
    path: '/payments/:orderId',
    who: 'operator',
    summary: 'The payment of an order, with every attempt and what the provider said',
    params: z.object({ orderId: z.uuid() }),
    answers: { 200: Payment },
    refusals: { not_found: 404 },
    async handle({ tx, params }) {
      const payment = await findPayment(tx, params.orderId)
      if (!payment) return refused('not_found', 'There is no payment for this order.')
      const { version: _, cancelled: __, reason, createdAt, updatedAt, ...rest } = payment
      const attempts = (await attemptsOf(tx, payment.id)).map(({ at, ...attempt }) => ({
        ...attempt,
        at: at.toISOString(),
      }))
      return ok({
        ...rest,
        ...(reason !== null && { reason }),
        attempts,
        createdAt: createdAt.toISOString(),
        updatedAt: updatedAt.toISOString(),
        refunds: attempts
          .filter(attempt => attempt.outcome === 'refunded')
          .map(({ at }) => ({ amount: payment.amount, currency: payment.currency, at })),
      })
    },
  }),
]
