import type { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import { newId } from '@docket/chassis/id.ts'
import type { Act } from '@docket/chassis/http/acts.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { orderRange, pageOf } from '@docket/chassis/http/list.ts'
import { resendRoute } from '@docket/chassis/http/resend.ts'
import { ok, route, weightOfPage, type Answer, type Route, type User } from '@docket/chassis/http/route.ts'
import { claimOf } from './carrier-report.ts'
import { dispatchFrom, hasLeft, report, type Goods, type OrderShipment, type Step } from './goods.ts'
import { lockGoods } from './goods.store.ts'
import { duringUpdate, save } from './goods.steps.ts'
import { isOwn, maySee, noOrder } from './owner.steps.ts'
import { afterCursor, cursorOf } from './order-cursor.ts'
import {
  DispatchBody,
  OrderId,
  OutcomeBody,
  Shipment,
  ShipmentId,
  ShipmentPage,
  ShipmentQuery,
  Waiting,
} from './shipment.shapes.ts'
import {
  findShipment,
  isLabelTaken,
  listShipments,
  orderOfShipment,
  shipmentsOf,
  type StoredShipment,
} from './shipment.store.ts'
import { labelFor } from './simulated-carrier.ts'
import { countWaiting } from './waiting.store.ts'

const notOpen = {
  shipment_shipped: 409,
  shipment_delivered: 409,
  shipment_undeliverable: 409,
  shipment_lost: 409,
  shipment_cancelled: 409,
}
const notEnded = { shipment_open: 409, shipment_cancelled: 409, shipment_undeliverable: 409, shipment_delivered: 409 }

export const routes: Route[] = [
  resendRoute,
  deadLettersRoute,
  route({
    method: 'get',
    path: '/shipments/:id',
    who: 'user',
    summary:
      'A shipment by its id, or the first of an order that left; customers see their own, observers no addresses',
    params: ShipmentId,
    answers: { 200: Shipment },
    refusals: { not_found: 404 },
    async handle({ tx, params, user }) {
      const shipment = (await findShipment(tx, params.id)) ?? (await shipmentsOf(tx, params.id)).find(hasLeft)
      return shipment && isOwn(user, shipment) ? ok(seenBy(user, shipment)) : noShipment
    },
  }),

  route({
    method: 'get',
    path: '/shipments',
    who: 'observer',
    summary: 'List the shipments, those of the newest orders first',
    query: ShipmentQuery,
    weight: weightOfPage,
    answers: { 200: ShipmentPage },
    handle: ({ tx, query, user }) => pageFor(tx, user, query),
  }),

  route({
    method: 'get',
    path: '/waiting',
    who: 'observer',
    summary: 'How much waits for people here',
    answers: { 200: Waiting },
    handle: async ({ tx }) => ok(await countWaiting(tx)),
  }),

  route({
    method: 'get',
    path: '/orders/:id/shipments',
    who: 'user',
    summary: 'The shipments of an order, the newest first; customers see those of their own orders',
    params: OrderId,
    query: ShipmentQuery,
    weight: weightOfPage,
    answers: { 200: ShipmentPage },
    refusals: { not_found: 404 },
    handle: async ({ tx, params: { id }, query, user }) =>
      (await maySee(tx, user, id)) ? pageFor(tx, user, { ...query, order: id }) : noOrder,
  }),

  route({
    method: 'post',
    path: '/shipments/:id/dispatch',
    who: 'operator',
    summary: 'An open shipment leaves, whole or in part; what stays becomes a shipment of its own',
    params: ShipmentId,
    body: DispatchBody,
    answers: { 200: Shipment },
    refusals: {
      not_found: 404,
      ...notOpen,
      not_in_shipment: 409,
      tracking_number_taken: 409,
      not_during_update: 409,
    },
    handle: ({ tx, params, body: { lines, carrier, trackingNumber }, user, newId: restId, audit }) => {
      const detail = lines && lines.map(({ sku, quantity }) => `${quantity}×${sku}`).join(', ')
      const record = (act: Subject) => audit({ ...act, act: 'shipment.dispatched', detail })
      return changed({ tx, id: params.id, user, record }, async (goods, shipment) => {
        const isTyped = carrier !== undefined && trackingNumber !== undefined
        if (isTyped && (await isLabelTaken(tx, shipment.id, { carrier, trackingNumber })))
          return labelTaken(carrier, trackingNumber)
        const label = isTyped ? { carrier, trackingNumber } : labelFor(shipment.id)
        return dispatchFrom(goods, shipment, { ...label, lines: lines ?? shipment.lines, restId })
      })
    },
  }),

  route({
    method: 'post',
    path: '/shipments/:id/outcome',
    who: 'operator',
    summary: 'A shipment was delivered, is undeliverable or lost; confirms what its carrier claims',
    params: ShipmentId,
    body: OutcomeBody,
    answers: { 200: Shipment },
    refusals: { not_found: 404, ...notEnded, not_during_update: 409 },
    handle: ({ tx, params, body, user, audit }) => {
      const record = (act: Subject) =>
        audit({ ...act, act: 'shipment.outcome_reported', reason: body.detail, detail: body.status })
      return changed({ tx, id: params.id, user, record }, (goods, shipment) => {
        const step = report(goods, shipment, { ...body, at: new Date().toISOString() }, true, newId)
        const { status } = step.goods.shipments.find(({ id }) => id === shipment.id) ?? shipment
        if (status === body.status) return step
        return hasLeft(shipment)
          ? refused(`shipment_${status}`, `The shipment is ${status}, and that is what counts.`)
          : refused(`shipment_${status}`, `The shipment is ${status}: it has not left.`)
      })
    },
  }),
]

type Filter = z.infer<typeof ShipmentQuery> & { order?: string }

async function pageFor(tx: Tx, user: User, { limit, since, until, cursor, ...filter }: Filter): Promise<Answer> {
  const range = { ...orderRange({ since, until }), after: afterCursor(cursor) }
  const { page, nextCursor } = pageOf(
    await listShipments(tx, { ...filter, ...range, limit: limit + 1 }),
    limit,
    cursorOf,
  )
  return ok({ items: page.map(shipment => seenBy(user, shipment)), nextCursor })
}

type Subject = Pick<Act, 'on' | 'orderId'>

interface Change {
  tx: Tx
  id: string
  user: User
  record(act: Subject): Promise<void>
}

/** Decides under the lock of the order, and answers with what has become of the shipment. */
async function changed(
  { tx, id, user, record }: Change,
  decide: (goods: Goods, shipment: OrderShipment) => Step | Refused | Promise<Step | Refused>,
): Promise<Answer | Refused> {
  const no = duringUpdate()
  if (no) return no
  const orderId = await orderOfShipment(tx, id)
  const before = orderId && (await lockGoods(tx, [orderId])).get(orderId)
  const shipment = before && before.shipments.find(one => one.id === id)
  if (!before || !shipment) return noShipment
  const step = await decide(before, shipment)
  if (isRefused(step)) return step
  await save(tx, [{ before, step }])
  await record({ on: { kind: 'shipment', id }, orderId })
  return ok(seenBy(user, (await findShipment(tx, id)) as StoredShipment)) // it was locked
}

function seenBy({ role }: User, shipment: StoredShipment) {
  const { customerId: _, confirmed, carrier, trackingNumber, shippingAddress, ...rest } = shipment
  const { createdAt, lateAt, shippedAt, endedAt, ...facts } = rest
  const claim = claimOf({ status: shipment.status, confirmed })
  return {
    ...facts,
    ...(claim && { claim }),
    ...(carrier !== null && { carrier }),
    ...(trackingNumber !== null && { trackingNumber }),
    ...(shippingAddress !== null && role !== 'observer' && { shippingAddress }),
    createdAt: createdAt.toISOString(),
    ...(lateAt && { lateAt: lateAt.toISOString() }),
    ...(shippedAt && { shippedAt: shippedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  }
}

const noShipment = refused('not_found', 'There is no such shipment, or it has not left, or it is not yours.')

const labelTaken = (carrier: string, trackingNumber: string) =>
  refused('tracking_number_taken', `Another shipment has the number ${trackingNumber} of ${carrier}.`)
