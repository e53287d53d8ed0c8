import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import type { DataOf } from '@docket/contract/event.ts'
import { afterReport, claimOf, type CarrierReport } from './carrier-report.ts'
import {
  ask,
  confirm,
  deliveredAfterAll,
  find,
  giveUp,
  lostLines,
  receive,
  type CountedPieces,
  type Return,
} from './return.ts'
import { dispatch, shipmentsFor, withdraw, type Pieces, type PlacedPieces, type Shipment } from './shipment.ts'
import type { Label } from './simulated-carrier.ts'

/** Everything of one order that this service decides about, under one lock. */
export interface Goods {
  orderId: string
  /** False: only a cancel request has arrived, which overtook its order. */
  isAccepted: boolean
  /** The `ce_sequence` of the last event. */
  sequence: number
  /** Unknown for orders that the previous release accepted, so no customer sees their shipments. */
  customerId?: string | undefined
  shippingAddress?: ShippingAddress | undefined
  shipments: readonly OrderShipment[]
  returns: readonly OrderReturn[]
}

export interface OrderShipment extends Shipment, Partial<Label> {
  /** From when on it is late, while it is open; it has none if it left at once. */
  lateAt?: string
  /** When it was delivered, or was found to be undeliverable or lost. */
  endedAt?: string
}

export interface OrderReturn extends Return {
  /** Where it was received. */
  location?: string
  detail?: string
  requestedBy?: string
}

export interface ShippingAddress {
  name: string
  line1: string
  line2?: string | undefined
  postalCode: string
  city: string
  country: string
}

type ShippingEvent = Extract<keyof DataOf, `shipment.${string}` | `return.${string}`>
export type Happened = { [T in ShippingEvent]: { type: T; data: DataOf[T] } }[ShippingEvent]

export interface Step {
  goods: Goods
  happened: readonly Happened[]
}

export interface CancelRequest {
  requestId: string
  lines: readonly Pieces[]
}

export interface Report {
  status: CarrierReport
  at: string
  detail?: string | undefined
}

interface Acceptance {
  allocations: readonly PlacedPieces[]
  requests: readonly CancelRequest[]
  /** When a shipment that waits for people is late; undefined where it leaves at once. */
  lateAt(location: string): string | undefined
  labelFor(shipmentId: string): Label
  newId(): string
}

/** Requests that overtook the order are decided first: what they withdraw does not leave. */
export function accept(goods: Goods, { allocations, requests, lateAt, labelFor, newId }: Acceptance): Step {
  const shipments = shipmentsFor(allocations, newId).map(one => withLateAt(one, lateAt(one.location)))
  const decided = withdrawAll({ ...goods, isAccepted: true, shipments }, requests)
  return decided.goods.shipments
    .filter(({ status }) => status === 'open')
    .reduce(
      (step, shipment) =>
        followedBy(step, next =>
          shipment.lateAt === undefined ? ship(next, shipment, labelFor(shipment.id)) : waiting(next, shipment),
        ),
      decided,
    )
}

const withLateAt = (shipment: Shipment, lateAt: string | undefined): OrderShipment =>
  lateAt === undefined ? shipment : { ...shipment, lateAt }

const waiting = (goods: Goods, shipment: OrderShipment): Step => ({ goods, happened: [opened(goods, shipment)] })

const opened = ({ orderId }: Goods, { id, location, lines, lateAt }: OrderShipment): Happened => ({
  type: 'shipment.opened',
  data: { orderId, shipmentId: id, location, lines: [...lines], lateAt: lateAt as string }, // it waits, so it has one
})

export const withdrawAll = (goods: Goods, requests: readonly CancelRequest[]): Step =>
  requests.reduce((step, request) => followedBy(step, next => withdrawLines(next, request)), unchanged(goods))

function withdrawLines(goods: Goods, { requestId, lines }: CancelRequest): Step {
  const { shipments, withdrawn, refused: left } = withdraw(goods.shipments, lines)
  const data = { orderId: goods.orderId, requestId, withdrawn, refused: left }
  return { goods: { ...goods, shipments }, happened: [{ type: 'shipment.lines_withdrawn', data }] }
}

export interface Dispatch extends Label {
  lines: readonly Pieces[]
  restId: string
}

export function dispatchFrom(
  goods: Goods,
  shipment: OrderShipment,
  { restId, lines, ...label }: Dispatch,
): Step | Refused {
  const decision = dispatch(shipment, lines, restId)
  if (isRefused(decision)) return decision
  const left: OrderShipment = { ...decision.left, ...label }
  const rest = decision.rest && withLateAt(decision.rest, shipment.lateAt) // it has been waiting for as long
  const shipments = replaced(goods.shipments, left)
  return {
    goods: { ...goods, shipments: rest ? [...shipments, rest] : shipments },
    happened: [
      {
        type: 'shipment.shipped',
        data: {
          orderId: goods.orderId,
          shipmentId: left.id,
          ...label,
          location: left.location,
          lines: [...left.lines],
        },
      },
      ...(rest ? [opened(goods, rest)] : []),
    ],
  }
}

function ship(goods: Goods, shipment: OrderShipment, label: Label): Step {
  const step = dispatchFrom(goods, shipment, { ...label, lines: shipment.lines, restId: '' })
  if (isRefused(step)) throw new Error(`shipment ${shipment.id} is open and may not leave: ${step.refused}`)
  return step
}

/**
 * `isCertain`: an operator says it, or a carrier that is trusted. Otherwise lost and undeliverable are a claim, which
 * changes nothing but the status of the shipment.
 */
export function report(
  goods: Goods,
  shipment: OrderShipment,
  notice: Report,
  isCertain: boolean,
  newId: () => string,
): Step {
  const status = afterReport(shipment.status, notice.status)
  const isNews = status !== shipment.status
  const after: OrderShipment = isNews ? { ...shipment, status, endedAt: notice.at } : shipment
  const next = isNews ? { ...goods, shipments: replaced(goods.shipments, after) } : goods
  if (isNews && notice.status === 'delivered') return delivered(next, after, notice.at)
  const isInForce = status === notice.status // not overruled by a higher rank
  return isInForce && isCertain && (isNews || claimOf(after))
    ? confirmed(next, after, notice.detail, newId())
    : unchanged(next)
}

function delivered(goods: Goods, { id }: OrderShipment, deliveredAt: string): Step {
  const returns = deliveredAfterAll(id, goods.returns)
  return {
    goods: { ...goods, returns },
    happened: [
      { type: 'shipment.delivered', data: { orderId: goods.orderId, shipmentId: id, deliveredAt } },
      ...cancelled(goods, returns),
    ],
  }
}

function confirmed(goods: Goods, shipment: OrderShipment, detail: string | undefined, returnId: string): Step {
  const claim = shipment.status === 'lost' ? 'lost' : 'undeliverable'
  const { returns, opened } = confirm(shipment, claim, goods.returns, returnId)
  const { orderId } = goods
  const data = { orderId, shipmentId: shipment.id, ...(detail !== undefined && { detail }) }
  const ended = opened?.status === 'received' ? { ...opened, location: shipment.location } : opened
  return {
    goods: {
      ...goods,
      shipments: replaced(goods.shipments, { ...shipment, confirmed: true }),
      returns: ended ? [...returns, ended] : returns,
    },
    happened: [
      ...cancelled(goods, returns),
      claim === 'lost' ? { type: 'shipment.lost', data } : { type: 'shipment.undeliverable', data },
      ...(ended ? [ended.status === 'received' ? received(goods, ended) : requested(goods, ended)] : []),
    ],
  }
}

export interface ReturnRequest {
  id: string
  lines: readonly Pieces[]
  shipmentId?: string | undefined
  detail?: string | undefined
  requestedBy: string
}

/** A return is of one shipment: the named one, or else the first that has all the lines. */
export function askReturn(goods: Goods, { id, lines, shipmentId, detail, requestedBy }: ReturnRequest): Step | Refused {
  const shipments = goods.shipments.filter(one => (shipmentId === undefined ? hasLeft(one) : one.id === shipmentId))
  const answers = shipments.map(shipment => ask(shipment, goods.returns, lines, id))
  const nowhere = shipmentId === undefined ? nothingShipped : noSuchShipment
  const found = answers.find(answer => !isRefused(answer)) ?? answers[0] ?? nowhere
  if (isRefused(found)) return found
  const one: OrderReturn = { ...found, requestedBy, ...(detail !== undefined && { detail }) }
  return { goods: { ...goods, returns: [...goods.returns, one] }, happened: [requested(goods, one)] }
}

const nothingShipped = refused('nothing_shipped', 'Nothing of this order has left, so nothing can be sent back.')

const noSuchShipment = refused('not_found', 'This order has no such shipment.')

export const hasLeft = ({ status }: Pick<Shipment, 'status'>) => status !== 'open' && status !== 'cancelled'

export interface Receipt {
  lines: readonly CountedPieces[]
  location: string
  newId: string
}

/** Goods of a return that was received as lost turn up. */
export function receiveReturn(goods: Goods, one: OrderReturn, { lines, location, newId }: Receipt): Step | Refused {
  if (one.status === 'received' && lostLines(one).length > 0) {
    const found = find(one, goods.returns, lines, newId)
    if (isRefused(found)) return found
    const here: OrderReturn = { ...found, location }
    return { goods: { ...goods, returns: [...goods.returns, here] }, happened: [turnedUp(goods, here)] }
  }
  const decision = receive(one, shipmentOf(goods, one), goods.returns, lines, newId)
  if (isRefused(decision)) return decision
  const { rest } = decision
  const here: OrderReturn = { ...decision.received, location }
  const returns = replaced(goods.returns, here)
  return {
    goods: { ...goods, returns: rest ? [...returns, rest] : returns },
    happened: [received(goods, here), ...(rest?.status === 'requested' ? [requested(goods, rest, one.id)] : [])],
  }
}

/** The goods never come. */
export function endReturn(goods: Goods, one: OrderReturn): Step | Refused {
  if (one.status !== 'requested') return refused(`already_${one.status}`, `The return is ${one.status}.`)
  const ended = giveUp(one)
  const there: OrderReturn =
    ended.status === 'received' ? { ...ended, location: shipmentOf(goods, one).location } : ended
  const returns = replaced(goods.returns, there)
  return {
    goods: { ...goods, returns },
    happened: there.status === 'received' ? [received(goods, there)] : cancelled(goods, returns),
  }
}

export const unchanged = (goods: Goods): Step => ({ goods, happened: [] })

export function followedBy(before: Step, next: (goods: Goods) => Step): Step {
  const { goods, happened } = next(before.goods)
  return { goods, happened: [...before.happened, ...happened] }
}

const replaced = <T extends { id: string }>(all: readonly T[], changed: T): T[] =>
  all.map(one => (one.id === changed.id ? changed : one))

const shipmentOf = ({ shipments }: Goods, { shipmentId }: Pick<Return, 'shipmentId'>) =>
  shipments.find(({ id }) => id === shipmentId) as OrderShipment // a return is of a shipment of its order

const idsOf = ({ orderId }: Goods, { id, shipmentId }: Return) => ({ orderId, returnId: id, shipmentId })

const requested = (goods: Goods, one: OrderReturn, restOf?: string): Happened => ({
  type: 'return.requested',
  data: {
    ...idsOf(goods, one),
    kind: one.kind,
    lines: one.lines.map(({ sku, quantity }) => ({ sku, quantity })),
    ...(restOf !== undefined && { restOf }),
    ...(one.detail !== undefined && { detail: one.detail }),
    ...(one.requestedBy !== undefined && { requestedBy: one.requestedBy }),
  },
})

const arrived = (goods: Goods, one: OrderReturn) => {
  const from = shipmentOf(goods, one).location
  return {
    ...idsOf(goods, one),
    from,
    to: one.location ?? from,
    lines: one.lines.map(({ condition = 'restock', ...pieces }) => ({ ...pieces, condition })),
  }
}

const received = (goods: Goods, one: OrderReturn): Happened => ({
  type: 'return.received',
  data: { ...arrived(goods, one), kind: one.kind },
})

const turnedUp = (goods: Goods, one: OrderReturn): Happened => ({
  type: 'return.found',
  data: { ...arrived(goods, one), lostIn: one.lostIn as string }, // a return of what was found has one
})

const cancelled = (before: Goods, after: readonly OrderReturn[]): Happened[] =>
  after
    .filter(({ status }, at) => status === 'cancelled' && before.returns[at]?.status === 'requested')
    .map(one => ({ type: 'return.cancelled', data: idsOf(before, one) }))
