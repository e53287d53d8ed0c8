import { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { moment, orderRange, pageLimit, pageOf } from '@docket/chassis/http/list.ts'
import { ReasonBody } from '@docket/chassis/http/reason.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { ok, route, seesAll, weightOfPage, type Answer, type Route } from '@docket/chassis/http/route.ts'
import type { ProviderState } from './payment.ts'
import { attemptsOf, countStuck, findPayment, listPayments, release, type PaymentRow } from './payment.store.ts'
import { Refund } from './refund.shapes.ts'
import { retryRefund } from './refund.steps.ts'
import { countWaiting, refundsOf, type RefundRow } from './refund.store.ts'
import { paymentStatuses } from '@docket/contract/terms.ts'

const status = z.enum(paymentStatuses)

const Summary = z
  .object({
    orderId: z.uuid(),
    id: z.uuid(),
    status,
    amount: z.int().meta({ description: 'Minor units of the currency' }),
    refunded: z.int().meta({ description: 'What of it went back' }),
    owed: z.int().meta({ description: 'What of it is still to go back: its refunds are due or failed' }),
    currency: z.string(),
    reason: z.string().optional(),
    stuckAt: z.iso.datetime().optional().meta({ description: 'It waits for an operator since' }),
    givenUpAt: z.iso.datetime().optional().meta({ description: 'An operator ended it; it is charged no more' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'PaymentSummary' })

const RefundOfPayment = Refund.pick({
  id: true,
  status: true,
  amount: true,
  currency: true,
  reason: true,
  cause: true,
}).extend({ at: z.iso.datetime().meta({ description: 'When its status last changed' }) })

const Payment = Summary.extend({
  attempts: z.array(
    z.object({
      kind: z.string(),
      outcome: z.string(),
      answer: z.string().optional(),
      refundId: z.uuid().optional(),
      at: z.iso.datetime(),
    }),
  ),
  refunds: z.array(RefundOfPayment.omit({ cause: true })).meta({ description: 'Those that were given' }),
  openRefunds: z.array(RefundOfPayment).meta({ description: 'Those that are due or failed' }),
}).meta({ id: 'Payment' })

const Page = z.object({ items: z.array(Summary), nextCursor: z.string().nullable() })

const ListQuery = z.object({
  status: status.optional(),
  stuck: z
    .enum(['true', 'false'])
    .transform(value => value === 'true')
    .optional(),
  since: moment.optional().meta({ description: 'Of orders that were created at this time or later' }),
  until: moment.optional().meta({ description: 'Of orders that were created before' }),
  limit: pageLimit,
  cursor: givenId.optional(),
})

const OrderId = z.object({ orderId: givenId })

const Provider = z.object({
  breaker: z.enum(['open', 'closed']),
  misconfigured: z.string().optional().meta({ description: "The provider's answer to every payment" }),
  stuck: z.int().meta({ description: 'Payments that wait for an operator' }),
  refunds: z
    .object({ failed: z.int(), late: z.int() })
    .meta({ description: 'Refunds that wait for an operator, and those that are due for longer than an hour' }),
})

export const routes = (provider: () => ProviderState): Route[] => [
  providerState(provider),
  resendRoute,
  deadLettersRoute,
  list,
  show,
  retry,
  giveUp,
]

const providerState = (provider: () => ProviderState) =>
  route({
    method: 'get',
    path: '/provider',
    who: 'observer',
    summary: 'How the payment provider answers, as this replica sees it',
    answers: { 200: Provider },
    async handle({ tx }) {
      return ok({ ...provider(), stuck: await countStuck(tx), refunds: await countWaiting(tx) })
    },
  })

const list = route({
  method: 'get',
  path: '/payments',
  who: 'observer',
  summary: 'List payments, those of the newest orders first',
  query: ListQuery,
  weight: weightOfPage,
  answers: { 200: Page },
  async handle({ tx, query: { limit, status: only, stuck, ...range } }) {
    const rows = await listPayments(tx, { status: only, stuck, ...orderRange(range), limit: limit + 1 })
    const { page, nextCursor } = pageOf(rows, limit, ({ orderId }) => orderId)
    return ok({ items: page.map(summary), nextCursor })
  },
})

const show = route({
  method: 'get',
  path: '/payments/:orderId',
  who: 'user',
  summary: "The payment of an order, with every attempt; customers see their own, without the provider's answers",
  params: OrderId,
  answers: { 200: Payment },
  refusals: { not_found: 404 },
  async handle({ tx, params, user }) {
    if (seesAll(user)) return answerWith(tx, params.orderId)
    const payment = await findPayment(tx, params.orderId)
    if (payment?.customerId !== user.id) return noPayment
    const [attempts, refunds] = [await attemptsOf(tx, payment.id), await refundsOf(tx, payment.orderId)]
    return ok(
      shown(
        payment,
        attempts.map(attempt => ({ ...attempt, answer: undefined })),
        refunds.map(refund => ({ ...refund, cause: null })),
      ),
    )
  },
})

const retry = route({
  method: 'post',
  path: '/payments/:orderId/retry',
  who: 'operator',
  summary: 'Try a stuck payment again',
  params: OrderId,
  body: ReasonBody,
  answers: { 200: Payment },
  refusals: { not_found: 404, not_stuck: 409 },
  async handle({ tx, params: { orderId }, body: { reason }, audit }) {
    const isRetried = (await retryRefund(tx, orderId)) === undefined
    const answer = await (isRetried ? answerWith(tx, orderId) : released(tx, orderId, { giveUp: false }))
    if (!isRefused(answer)) await audit({ act: 'payment.retried', on: paymentOf(orderId), orderId, reason })
    return answer
  },
})

const giveUp = route({
  method: 'post',
  path: '/payments/:orderId/give-up',
  who: 'operator',
  summary: 'End a stuck payment: it is looked up at the provider, and charged no more',
  params: OrderId,
  body: ReasonBody,
  answers: { 200: Payment },
  refusals: { not_found: 404, not_stuck: 409, refund_owed: 409 },
  async handle({ tx, params: { orderId }, body: { reason }, audit }) {
    const answer = await released(tx, orderId, { giveUp: true })
    if (!isRefused(answer)) await audit({ act: 'payment.given_up', on: paymentOf(orderId), orderId, reason })
    return answer
  },
})

const paymentOf = (orderId: string) => ({ kind: 'payment', id: orderId })

async function released(tx: Tx, orderId: string, how: { giveUp: boolean }): Promise<Answer | Refused> {
  if (await release(tx, orderId, how)) return answerWith(tx, orderId)
  const payment = await findPayment(tx, orderId)
  if (!payment) return noPayment
  if (payment.stuckAt && payment.status === 'refunding')
    return refused('refund_owed', 'This is a refund: the customer must get the money back. Retry it instead.')
  return refused('not_stuck', `This payment is ${payment.status}; it is not waiting for an operator.`)
}

const noPayment = refused('not_found', 'There is no payment for this order, or it is not yours.')

async function answerWith(tx: Tx, orderId: string): Promise<Answer | Refused> {
  const payment = await findPayment(tx, orderId)
  if (!payment) return noPayment
  return ok(shown(payment, await attemptsOf(tx, payment.id), await refundsOf(tx, orderId)))
}

function summary(payment: PaymentRow) {
  const {
    version: _,
    cancelled: __,
    customerId: ___,
    reason,
    stuckAt,
    givenUpAt,
    createdAt,
    updatedAt,
    ...rest
  } = payment
  return {
    ...rest,
    ...(reason !== null && { reason }),
    ...(stuckAt !== null && { stuckAt: stuckAt.toISOString() }),
    ...(givenUpAt !== null && { givenUpAt: givenUpAt.toISOString() }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

function shown(payment: PaymentRow, made: Awaited<ReturnType<typeof attemptsOf>>, refunds: readonly RefundRow[]) {
  const isGiven = ({ status: now }: RefundRow) => now === 'given' || now === 'by_hand'
  const refundOf = ({ id, status: now, amount, currency, reason, cause, updatedAt }: RefundRow) => ({
    id,
    status: now,
    amount,
    currency,
    reason,
    ...(now === 'failed' && cause !== null && { cause }),
    at: updatedAt.toISOString(),
  })
  return {
    ...summary(payment),
    attempts: made.map(({ at, ...attempt }) => ({ ...attempt, at: at.toISOString() })),
    refunds: refunds.filter(isGiven).map(refundOf),
    openRefunds: refunds.filter(refund => !isGiven(refund)).map(refundOf),
  }
}
