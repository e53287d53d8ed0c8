import { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { moment, pageLimit, pageOf } from '@docket/chassis/http/list.ts'
import { ReasonBody } from '@docket/chassis/http/reason.ts'
import {
  created,
  ok,
  route,
  seesAll,
  weightOfPage,
  type Answer,
  type Route,
  type User,
} from '@docket/chassis/http/route.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { findPayment } from './payment.store.ts'
import { Refund, refundStatus } from './refund.shapes.ts'
import { giveByHand, giveGoodwill, retryRefund } from './refund.steps.ts'
import { findRefund, listRefunds, type RefundFilter, type RefundRow } from './refund.store.ts'

const RefundId = z.object({ id: givenId })
const OrderId = z.object({ orderId: givenId })

const ListQuery = z.object({
  status: refundStatus.optional(),
  since: moment.optional().meta({ description: 'Decided at this time or later' }),
  until: moment.optional().meta({ description: 'Decided before' }),
  limit: pageLimit,
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
})

const Page = z.object({ items: z.array(Refund), nextCursor: z.string().nullable() })

const list = route({
  method: 'get',
  path: '/refunds',
  who: 'observer',
  summary: 'List refunds, the newest first',
  query: ListQuery,
  weight: weightOfPage,
  answers: { 200: Page },
  handle: ({ tx, query, user }) => pageFor(tx, user, query),
})

const create = route({
  method: 'post',
  path: '/orders/:orderId/refunds',
  who: 'operator',
  summary: 'Refund a part of what an order cost as goodwill, with a reason; nothing is returned or cancelled',
  params: OrderId,
  body: z.strictObject({
    amount: z.int().min(1).meta({ description: 'Minor units of the currency of the order' }),
    reason: z.string().trim().min(1).max(500).meta({ description: 'For operators, not for the customer' }),
  }),
  answers: { 201: Refund },
  refusals: { not_found: 404, idempotency_key_needed: 422, not_paid: 409, exceeds_captured: 409, not_yet: 409 },
  async handle({ tx, params: { orderId }, body: { amount, reason }, user, newId, idempotencyKey, audit }) {
    if (idempotencyKey === undefined)
      return refused('idempotency_key_needed', 'Send an Idempotency-Key, so that a repeated request refunds once.')
    const refusal = await giveGoodwill(tx, { id: newId, orderId, amount, note: reason, operator: user.id })
    if (isRefused(refusal)) return refusal
    const refund = await findRefund(tx, newId)
    if (refund) await audit({ ...actOn(refund), act: 'refund.created', reason })
    return refund ? created(shown(refund), `/refunds/${newId}`) : noRefund
  },
})

const show = route({
  method: 'get',
  path: '/refunds/:id',
  who: 'user',
  summary: 'A refund; customers see their own',
  params: RefundId,
  answers: { 200: Refund },
  refusals: { not_found: 404 },
  async handle({ tx, params, user }) {
    const refund = await findRefund(tx, params.id)
    if (!refund || !(await maySee(tx, user, refund.orderId))) return noRefund
    return ok(shownTo(user, refund))
  },
})

const retry = route({
  method: 'post',
  path: '/refunds/:id/retry',
  who: 'operator',
  summary: 'Try a failed refund again, under another idempotency key of the provider',
  params: RefundId,
  body: ReasonBody,
  answers: { 200: Refund },
  refusals: { not_found: 404, not_failed: 409 },
  handle: ({ tx, params: { id }, body: { reason }, audit }) =>
    decided(
      tx,
      id,
      () => retryRefund(tx, id),
      refund => audit({ ...actOn(refund), act: 'refund.retried', reason }),
    ),
})

const byHand = route({
  method: 'post',
  path: '/refunds/:id/by-hand',
  who: 'operator',
  summary: 'Note that a failed refund was given without the provider; it is not tried again',
  params: RefundId,
  body: ReasonBody,
  answers: { 200: Refund },
  refusals: { not_found: 404, not_failed: 409 },
  handle: ({ tx, params: { id }, body: { reason }, user, audit }) =>
    decided(
      tx,
      id,
      () => giveByHand(tx, id, user.id),
      refund => audit({ ...actOn(refund), act: 'refund.given_by_hand', reason }),
    ),
})

const ofOrder = route({
  method: 'get',
  path: '/orders/:orderId/refunds',
  who: 'user',
  summary: 'The refunds of an order, the newest first; customers see those of their own orders',
  params: OrderId,
  query: ListQuery,
  weight: weightOfPage,
  answers: { 200: Page },
  refusals: { not_found: 404 },
  async handle({ tx, params: { orderId }, query, user }) {
    if (!(await maySee(tx, user, orderId)))
      return refused('not_found', 'There is no payment for this order, or it is not yours.')
    return pageFor(tx, user, { ...query, orderId })
  },
})

export const refundRoutes: Route[] = [list, create, show, retry, byHand, ofOrder]

const noRefund = refused('not_found', 'There is no such refund, or it is not yours.')

async function pageFor(tx: Tx, user: User, { limit, ...filter }: RefundFilter): Promise<Answer> {
  const rows = await listRefunds(tx, { ...filter, limit: limit + 1 })
  const { page, nextCursor } = pageOf(rows, limit, ({ number }) => String(number))
  return ok({ items: page.map(refund => shownTo(user, refund)), nextCursor })
}

async function maySee(tx: Tx, user: User, orderId: string): Promise<boolean> {
  const payment = await findPayment(tx, orderId)
  return payment !== undefined && (seesAll(user) || payment.customerId === user.id)
}

async function decided(
  tx: Tx,
  id: string,
  decide: () => Promise<Refused | undefined>,
  record: (refund: RefundRow) => Promise<void>,
): Promise<Answer | Refused> {
  const refusal = await decide()
  if (refusal) return refusal
  const refund = await findRefund(tx, id)
  if (refund) await record(refund)
  return refund ? ok(shown(refund)) : noRefund
}

const actOn = ({ id, orderId, amount, currency }: RefundRow) => ({
  on: { kind: 'refund', id },
  orderId,
  detail: `${formatMoney(amount, currency)} ${currency}`,
})

function shown({ number: _, note, cause, decidedBy, givenBy, createdAt, updatedAt, ...rest }: RefundRow) {
  return {
    ...rest,
    ...(note !== null && { note }),
    ...(cause !== null && { cause }),
    ...(decidedBy !== null && { decidedBy }),
    ...(givenBy !== null && { givenBy }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

const shownTo = (user: User, refund: RefundRow) =>
  shown(seesAll(user) ? refund : { ...refund, note: null, cause: null, decidedBy: null, givenBy: null })
