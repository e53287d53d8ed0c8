import { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import type { Unconsumed } from '@docket/chassis/feed/unconsumed.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { pageOf } from '@docket/chassis/http/list.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import {
  accepted,
  created,
  ok,
  route,
  seesAll,
  weightOfPage,
  type Route,
  type User,
} from '@docket/chassis/http/route.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { waitingFor } from '@docket/contract/steps.ts'
import { findItems } from './catalogue.store.ts'
import { awaitItems } from './catalogue.wait.ts'
import type { Intake } from './order.intake.ts'
import type { OrderLimits } from './order.limits.ts'
import { statusOfRequest, type CancelRequest as CancelRequestRow } from './cancel-request.ts'
import { requestCancel } from './cancel-request.steps.ts'
import { readCancelRequests } from './cancel-request.store.ts'
import { readFulfilments, type StoredFulfilment } from './fulfilment.store.ts'
import { linesByStatus } from './order-lines.ts'
import {
  CancelBody,
  CancelRequest,
  CancelRequestId,
  CancelRequestList,
  ListQuery,
  NewOrderBody,
  Order,
  OrderId,
  OrderPage,
} from './order.shapes.ts'
import { cancelAll, create } from './order.steps.ts'
import { findOrder, listOrders, lockOrders, timesOf, type NewOrder, type OrderRow } from './order.store.ts'
import { follow } from './order.stream.ts'
import { merged, price, type CatalogueItem } from './pricing.ts'
import { standingBy } from './standing.ts'
import { aheadOf } from './standing.overview.ts'
import { piecesInWords, shortagesInWords, type TimelineEntry } from './timeline.ts'
import { readTimelines, type PositionedEntry } from './timeline.store.ts'

interface Settings {
  windowMs: number
  stuckAfterMs: number
  /** What is on the topics and not consumed, when order-service does not keep up. */
  unconsumed(): Promise<Unconsumed>
  intake: Pick<Intake, 'admit'>
  limits: OrderLimits
}

export const routes = (settings: Settings): Route[] => [
  resendRoute,
  deadLettersRoute,
  createTogether(settings),
  list(settings),
  show(settings),
  cancel(settings),
  cancelRequests(settings.stuckAfterMs),
  cancelRequest(settings.stuckAfterMs),
  stream(settings.stuckAfterMs),
]

const createTogether = ({ windowMs, intake, limits }: Settings) =>
  route({
    method: 'post',
    path: '/orders',
    who: 'customer',
    summary: 'Create an order; it is fulfilled from here on by itself',
    body: NewOrderBody,
    answers: { 201: Order },
    refusals: { mixed_currencies: 422, too_many_pieces: 422, total_too_large: 422 },
    admit: db => intake.admit(db),
    admitUser: limits.admit,
    async prepare({ db, body }) {
      await awaitItems(
        db,
        body.lines.map(line => line.sku),
      )
    },
    async handleTogether(tx, requests) {
      const skus = new Set(requests.flatMap(({ body }) => body.lines.map(line => line.sku)))
      const [items, times] = await Promise.all([findItems(tx, [...skus]), timesOf(tx, windowMs)])
      const priced = requests.map(one => priceOrder(items, one))
      const made = await create(
        tx,
        priced.filter((one): one is NewOrder => !isRefused(one)),
        windowMs,
        times,
      )
      const rejected = made.filter(({ row }) => row.status === 'rejected')
      tx.afterCommit(() =>
        limits.rejected(rejected.map(({ row: { customerId, lines } }) => ({ customerId, lines: lines.length }))),
      )
      const answers = new Map(
        made.map(({ row, timeline }) => [row.id, created(shownWhole(row, timeline), `/orders/${row.id}`)]),
      )
      return priced.map(one => (isRefused(one) ? one : (answers.get(one.id) ?? notMade(one))))
    },
  })

const list = ({ stuckAfterMs, unconsumed }: Settings) =>
  route({
    method: 'get',
    path: '/orders',
    who: 'user',
    summary: "List orders, newest first: one's own; operators and observers see all",
    query: ListQuery,
    weight: weightOfPage,
    answers: { 200: OrderPage },
    refusals: { not_found: 404 },
    async handle({ tx, query, user }) {
      const customer = seesAll(user) ? query.customer : user.id
      const rows = await listOrders(
        tx,
        { ...query, customer, after: query.cursor, limit: query.limit + 1 },
        stuckAfterMs,
      )
      const { page, nextCursor } = pageOf(rows, query.limit, ({ id }) => id)
      const timelines = eventsByOrder(
        await readTimelines(
          tx,
          page.map(({ id }) => ({ id, since: 0 })),
        ),
      )
      const ahead = await aheadOf(page, unconsumed)
      return ok({
        items: page.map(row => seenBy(user, shown(row, timelines.get(row.id) ?? [], ahead.get(row.id)))),
        nextCursor,
      })
    },
  })

const show = (settings: Settings) =>
  route({
    method: 'get',
    path: '/orders/:id',
    who: 'user',
    summary: 'One order and how it got there',
    params: OrderId,
    answers: { 200: Order },
    refusals: { not_found: 404 },
    async handle({ tx, params, user }) {
      const order = await orderOf(tx, params.id, ownerOf(user), settings)
      return order ? ok(seenBy(user, order)) : noSuchOrder
    },
  })

const cancel = (settings: Settings) =>
  route({
    method: 'post',
    path: '/orders/:id/cancel',
    who: 'customer',
    summary: 'Cancel an order that is not accepted, or ask for lines of an accepted one that have not left',
    params: OrderId,
    body: CancelBody,
    answers: { 200: Order, 202: CancelRequest },
    refusals: {
      not_found: 404,
      not_ordered: 422,
      not_accepted_yet: 409,
      already_shipped: 409,
      already_accepted: 409,
      already_completed: 409,
      already_cancelled: 409,
      already_rejected: 409,
    },
    async handle({ tx, params, body, user, newId, audit }) {
      const found = await findOrder(tx, params.id, ownerOf(user), settings.stuckAfterMs)
      if (!found) return noSuchOrder
      const { customerId } = found
      await lockOrders(tx, [params.id])
      const order = (await readFulfilments(tx, [params.id]))[0] as StoredFulfilment // it exists, and is locked
      const isWhole = body.lines === undefined
      const act = { on: { kind: 'order', id: params.id }, orderId: params.id, reason: body.detail }
      if (isWhole && order.status === 'pending') {
        await cancelAll(tx, [{ id: params.id, reason: 'requested', detail: body.detail }], user.id)
        if (user.id !== customerId) await audit({ ...act, act: 'order.cancelled' })
      }
      // a repeated request gets the same answer, although the order is cancelled once
      if (isWhole && (order.status === 'pending' || order.status === 'cancelled'))
        return ok(await orderOf(tx, params.id, undefined, settings))
      const may = await requestCancel(tx, order, {
        id: newId,
        lines: body.lines && merged(body.lines),
        detail: body.detail ?? null,
        requestedBy: user.id,
      })
      if (isRefused(may)) return may
      if (user.id !== customerId)
        await audit({ ...act, act: 'order.cancel_requested', detail: body.lines && piecesInWords(merged(body.lines)) })
      const request = (await readCancelRequests(tx, params.id)).find(({ id }) => id === newId) as CancelRequestRow
      return accepted(shownRequest(request), `/orders/${params.id}/cancel-requests/${newId}`)
    },
  })

const cancelRequests = (stuckAfterMs: number) =>
  route({
    method: 'get',
    path: '/orders/:id/cancel-requests',
    who: 'user',
    summary: 'The cancel requests of an order, the oldest first',
    params: OrderId,
    answers: { 200: CancelRequestList },
    refusals: { not_found: 404 },
    async handle({ tx, params, user }) {
      if (!(await findOrder(tx, params.id, ownerOf(user), stuckAfterMs))) return noSuchOrder
      return ok({ items: (await readCancelRequests(tx, params.id)).map(shownRequest) })
    },
  })

const cancelRequest = (stuckAfterMs: number) =>
  route({
    method: 'get',
    path: '/orders/:id/cancel-requests/:requestId',
    who: 'user',
    summary: 'One cancel request, and what became of it',
    params: CancelRequestId,
    answers: { 200: CancelRequest },
    refusals: { not_found: 404 },
    async handle({ tx, params, user }) {
      if (!(await findOrder(tx, params.id, ownerOf(user), stuckAfterMs))) return noSuchOrder
      const request = (await readCancelRequests(tx, params.id)).find(({ id }) => id === params.requestId)
      return request ? ok(shownRequest(request)) : refused('not_found', 'The order has no such cancel request.')
    },
  })

const stream = (stuckAfterMs: number) =>
  route({
    method: 'get',
    path: '/orders/:id/stream',
    who: 'user',
    summary: 'The steps of an order as Server-Sent Events, until it is final',
    params: OrderId,
    answers: { 200: z.string() },
    refusals: { not_found: 404 },
    async handle({ tx, db, params, user, headers, signal }) {
      if (!(await findOrder(tx, params.id, ownerOf(user), stuckAfterMs))) return noSuchOrder
      return { status: 200, stream: follow(db, params.id, lastSeen(headers['last-event-id']), signal) }
    },
  })

function shownRequest({ id, withdrawn, refused: left, detail, requestedAt, answeredAt, ...request }: CancelRequestRow) {
  return {
    requestId: id,
    status: statusOfRequest({ withdrawn, refused: left }),
    ...request,
    ...(withdrawn && { withdrawn }),
    ...(left && { refused: left }),
    ...(detail !== null && { detail }),
    requestedAt: requestedAt.toISOString(),
    ...(answeredAt && { answeredAt: answeredAt.toISOString() }),
  }
}

const noSuchOrder = refused('not_found', 'There is no such order, or it is not yours.')

const ownerOf = (user: User) => (seesAll(user) ? undefined : user.id)

function seenBy<O extends { shippingAddress?: unknown }>({ role }: User, order: O): Omit<O, 'shippingAddress'> {
  if (role !== 'observer') return order
  const { shippingAddress: _, ...rest } = order
  return rest
}

const lastSeen = (header: string | string[] | undefined) =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : 0

interface NewOrderRequest {
  newId: string
  body: z.output<typeof NewOrderBody>
  user: User
}

function notMade({ id }: NewOrder): never {
  throw new Error(`order ${id} was priced and not made`)
}

function priceOrder(
  items: ReadonlyMap<string, CatalogueItem>,
  { newId, body, user }: NewOrderRequest,
): NewOrder | Refused {
  const lines = merged(body.lines)
  const priced = price(lines, items)
  if (isRefused(priced)) return priced
  const order = {
    id: newId,
    customerId: user.id,
    paymentToken: body.paymentToken,
    shippingAddress: body.shippingAddress ?? null,
  }
  if (!('unknown' in priced)) return { ...order, ...priced, status: 'pending' } satisfies NewOrder
  return {
    ...order,
    status: 'rejected',
    reason: 'unknown_item',
    shortages: priced.unknown,
    detail: shortagesInWords('unknown_item', priced.unknown),
    lines: lines.map(line => ({ ...line, name: '', unitPrice: 0 })),
    total: 0,
    currency: 'XXX', // ISO 4217 for no currency, as nothing has a price
  } satisfies NewOrder
}

async function orderOf(tx: Tx, id: string, owner: string | undefined, { stuckAfterMs, unconsumed }: Settings) {
  const row = await findOrder(tx, id, owner, stuckAfterMs)
  if (!row) return undefined
  const timeline = await readTimelines(tx, [{ id, since: 0 }])
  return shownWhole(row, timeline, (await aheadOf([row], unconsumed)).get(id))
}

const shownWhole = (row: OrderRow, timeline: readonly TimelineEntry[], ahead?: readonly DocketEvent[]) => ({
  ...shown(row, timeline, ahead),
  timeline: timeline.map(({ at, event, service, detail, ref }) => ({
    at,
    event,
    service,
    ...(detail !== undefined && { detail }),
    ...(ref !== undefined && { ref }),
  })),
})

function shown(row: OrderRow, timeline: readonly TimelineEntry[], ahead?: readonly DocketEvent[]) {
  const {
    reason,
    detail,
    lines,
    progress,
    shortages,
    shippingAddress,
    createdAt,
    updatedAt,
    expiresAt,
    paymentToken: _,
    lateAt: __,
    ...rest
  } = row
  const became = progress ?? linesByStatus(row.status, lines)
  const known = new Map(became.map(line => [line.sku, line]))
  const waiting = waitingFor(standingBy({ status: row.status, lines: became, timeline, ahead }))
  return {
    ...rest,
    lines: lines.map(line => ({ ...line, ...known.get(line.sku) })),
    ...(reason !== null && { reason }),
    ...(detail !== null && { detail }),
    ...(shortages !== null && { shortages }),
    ...(shippingAddress !== null && { shippingAddress }),
    ...(waiting && { waitsFor: { ...waiting, since: updatedAt.toISOString() } }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}

function eventsByOrder(entries: readonly PositionedEntry[]): Map<string, PositionedEntry[]> {
  return Map.groupBy(entries, entry => entry.orderId)
}
