import type { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import type { Act } from '@docket/chassis/http/acts.ts'
import { orderRange, pageOf } from '@docket/chassis/http/list.ts'
import { ReasonBody } from '@docket/chassis/http/reason.ts'
import { created, ok, route, seesAll, weightOfPage, type Answer, type Route } from '@docket/chassis/http/route.ts'
import { askReturn, endReturn, receiveReturn, type Goods, type OrderReturn, type Step } from './goods.ts'
import { lockGoods } from './goods.store.ts'
import { duringUpdate, save } from './goods.steps.ts'
import { isLocation } from './location.store.ts'
import { isOwn, maySee, noOrder } from './owner.steps.ts'
import { afterCursor, cursorOf } from './order-cursor.ts'
import { findReturn, listReturns, type StoredReturn } from './return.store.ts'
import { NewReturnBody, OrderId, ReceiptBody, Return, ReturnId, ReturnPage, ReturnQuery } from './shipment.shapes.ts'

export const returnRoutes: Route[] = [
  route({
    method: 'post',
    path: '/returns',
    who: 'customer',
    summary: 'Announce that goods of an own order are sent back; an operator may do so for every order',
    body: NewReturnBody,
    answers: { 201: Return },
    refusals: {
      not_found: 404,
      nothing_shipped: 409,
      in_other_return: 409,
      shipment_open: 409,
      shipment_cancelled: 409,
      shipment_undeliverable: 409,
      shipment_lost: 409,
      not_during_update: 409,
    },
    async handle({ tx, body: { orderId, ...wanted }, user, newId: id, audit }) {
      const no = duringUpdate()
      if (no) return no
      const before = (await lockGoods(tx, [orderId])).get(orderId)
      if (!before || !isOwn(user, before)) return noOrder
      const step = askReturn(before, { ...wanted, id, requestedBy: user.id })
      if (isRefused(step)) return step
      await save(tx, [{ before, step }])
      if (user.id !== before.customerId)
        await audit({ act: 'return.requested', on: { kind: 'return', id }, orderId, reason: wanted.detail })
      return created(shown((await findReturn(tx, id)) as StoredReturn), `/returns/${id}`) // it was just saved
    },
  }),

  route({
    method: 'get',
    path: '/returns',
    who: 'observer',
    summary: 'List the returns, those of the newest orders first',
    query: ReturnQuery,
    weight: weightOfPage,
    answers: { 200: ReturnPage },
    handle: ({ tx, query }) => pageFor(tx, query),
  }),

  route({
    method: 'get',
    path: '/returns/:id',
    who: 'user',
    summary: 'One return; customers see their own',
    params: ReturnId,
    answers: { 200: Return },
    refusals: { not_found: 404 },
    async handle({ tx, params, user }) {
      const one = await findReturn(tx, params.id)
      return one && isOwn(user, one) ? ok(shown(one)) : noReturn
    },
  }),

  route({
    method: 'get',
    path: '/orders/:id/returns',
    who: 'user',
    summary: 'The returns of an order, the newest first; customers see those of their own orders',
    params: OrderId,
    query: ReturnQuery,
    weight: weightOfPage,
    answers: { 200: ReturnPage },
    refusals: { not_found: 404 },
    handle: async ({ tx, params: { id }, query, user }) =>
      (await maySee(tx, user, id)) ? pageFor(tx, { ...query, order: id }) : noOrder,
  }),

  route({
    method: 'post',
    path: '/returns/:id/receive',
    who: 'operator',
    summary: 'Goods of a return arrived and were counted; also those that had been received as lost and turn up',
    params: ReturnId,
    body: ReceiptBody,
    answers: { 200: Return },
    refusals: {
      not_found: 404,
      unknown_location: 422,
      already_received: 409,
      not_in_return: 409,
      in_other_return: 409,
      not_during_update: 409,
    },
    async handle({ tx, params, body, newId, audit }) {
      if (!(await isLocation(tx, body.location)))
        return refused('unknown_location', `There is no location ${body.location}.`)
      const pieces = body.lines.map(({ sku, quantity, condition }) => `${quantity}×${sku} ${condition}`).join(', ')
      const record = (act: Subject) =>
        audit({ ...act, act: 'return.received', detail: `at ${body.location}: ${pieces}` })
      return changed({ tx, id: params.id, record }, (goods, one) => receiveReturn(goods, one, { ...body, newId }))
    },
  }),

  route({
    method: 'post',
    path: '/returns/:id/cancel',
    who: 'customer',
    summary: 'The goods do not come: an own return ends; undeliverable goods count as lost, if an operator says so',
    params: ReturnId,
    answers: { 200: Return },
    refusals: { not_found: 404, already_received: 409, already_cancelled: 409, not_during_update: 409 },
    body: ReasonBody,
    async handle({ tx, params, body: { reason }, user, audit }) {
      const record = async (act: Subject, { customerId }: Goods) => {
        if (user.id !== customerId) await audit({ ...act, act: 'return.cancelled', reason })
      }
      return changed({ tx, id: params.id, record }, (goods, one) => {
        const may = seesAll(user) || (isOwn(user, goods) && one.kind === 'asked')
        return may ? endReturn(goods, one) : noReturn
      })
    },
  }),
]

type Filter = z.infer<typeof ReturnQuery> & { order?: string }

async function pageFor(tx: Tx, { limit, since, until, cursor, ...filter }: Filter): Promise<Answer> {
  const range = { ...orderRange({ since, until }), after: afterCursor(cursor) }
  const { page, nextCursor } = pageOf(await listReturns(tx, { ...filter, ...range, limit: limit + 1 }), limit, cursorOf)
  return ok({ items: page.map(shown), nextCursor })
}

type Subject = Pick<Act, 'on' | 'orderId'>

interface Change {
  tx: Tx
  id: string
  record(act: Subject, before: Goods): Promise<void>
}

/** Decides under the lock of the order, and answers with what has become of the return, or with the new one of it. */
async function changed(
  { tx, id, record }: Change,
  decide: (goods: Goods, one: OrderReturn) => Step | Refused,
): Promise<Answer | Refused> {
  const no = duringUpdate()
  if (no) return no
  const orderId = (await findReturn(tx, id))?.orderId
  const before = orderId && (await lockGoods(tx, [orderId])).get(orderId)
  const one = before && before.returns.find(some => some.id === id)
  if (!before || !one) return noReturn
  const step = decide(before, one)
  if (isRefused(step)) return step
  await save(tx, [{ before, step }])
  await record({ on: { kind: 'return', id }, orderId }, before)
  const found = step.goods.returns.find(
    ({ lostIn, ...some }) => lostIn === id && !before.returns.some(old => old.id === some.id),
  )
  return ok(shown((await findReturn(tx, found?.id ?? id)) as StoredReturn)) // it was just saved
}

function shown({ customerId: _, lostIn, location, detail, createdAt, endedAt, ...rest }: StoredReturn) {
  return {
    ...rest,
    ...(lostIn !== null && { lostIn }),
    ...(location !== null && { location }),
    ...(detail !== null && { detail }),
    createdAt: createdAt.toISOString(),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  }
}

const noReturn = refused('not_found', 'There is no such return, or it is not yours.')
