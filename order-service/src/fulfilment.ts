import type { DocketEvent } from '@docket/contract/event.ts'
import type { OrderStatus } from '@docket/contract/terms.ts'
import { mayBecome } from './order.ts'
import {
  covers,
  priceOf,
  ship,
  statusByLines,
  takeBack,
  withdraw,
  type OrderLine,
  type Pieces,
  type PlacedPieces,
} from './order-lines.ts'
import { merged } from './pricing.ts'

/** What is needed of an order to decide what an event makes of its lines. */
export interface Fulfilment {
  status: OrderStatus
  lines: readonly OrderLine[]
  /** Shipments that were counted. */
  shipments: ReadonlySet<string>
  openRequests: ReadonlySet<string>
  /** In the order in which they came. */
  returns: ReadonlyMap<string, ReturnedGoods>
}

export interface ReturnedGoods {
  lines: readonly Pieces[]
  /** False: kept, because the event that counts its goods as shipped has not come yet. */
  isCounted: boolean
}

/** What order-service tells the others. */
export type Outcome =
  | { type: 'order.lines_cancelled'; requestId: string; lines: readonly PlacedPieces[]; amount: number }
  | { type: 'order.lines_returned'; returnId: string; lines: readonly Pieces[]; amount: number }
  | { type: 'order.cancelled'; requestId: string }
  | { type: 'order.completed' }

export interface Progress<F extends Fulfilment = Fulfilment> {
  order: F
  outcomes: readonly Outcome[]
}

export type LineEvent = Extract<
  DocketEvent,
  { type: 'stock.committed' | 'shipment.lines_withdrawn' | 'return.received' }
>

/** Late and duplicate events change nothing: the same order comes back. */
export function progress<F extends Fulfilment>(order: F, event: LineEvent): Progress<F> {
  switch (event.type) {
    case 'stock.committed':
      return committed(order, event.data.shipmentId ?? onlyShipment, event.data.lines)
    case 'shipment.lines_withdrawn':
      return withdrawn(order, event.data.requestId, event.data.withdrawn)
    case 'return.received':
      return returned(order, event.data.returnId, merged(event.data.lines))
  }
}

/** The release before says no id, because its orders have one shipment. */
const onlyShipment = '00000000-0000-0000-0000-000000000000'

function committed<F extends Fulfilment>(order: F, shipmentId: string, lines: readonly Pieces[]): Progress<F> {
  if (order.status !== 'accepted' || order.shipments.has(shipmentId)) return unchanged(order)
  const shipments = new Set(order.shipments).add(shipmentId)
  return countKept(completeIfDone({ ...order, shipments, lines: ship(order.lines, lines) }, []))
}

/** A request is closed in every state of its order, because it may be refused after the order is completed. */
function withdrawn<F extends Fulfilment>(order: F, requestId: string, pieces: readonly PlacedPieces[]): Progress<F> {
  if (!order.openRequests.has(requestId)) return unchanged(order)
  const openRequests = new Set(order.openRequests)
  openRequests.delete(requestId)
  const next = { ...order, openRequests, lines: withdraw(order.lines, pieces) }
  if (pieces.length === 0) return { order: next, outcomes: [] }
  if (statusByLines(next.lines) === 'cancelled')
    return { order: { ...next, status: 'cancelled' }, outcomes: [{ type: 'order.cancelled', requestId }] }
  const amount = priceOf(next.lines, pieces)
  return completeIfDone(next, [{ type: 'order.lines_cancelled', requestId, lines: pieces, amount }])
}

function returned<F extends Fulfilment>(order: F, returnId: string, lines: readonly Pieces[]): Progress<F> {
  const mayReturn = order.status === 'accepted' || order.status === 'completed'
  if (!mayReturn || order.returns.has(returnId)) return unchanged(order)
  const returns = new Map(order.returns).set(returnId, { lines, isCounted: false })
  return countKept({ order: { ...order, returns }, outcomes: [] })
}

/** Counts the returns whose goods are known to be shipped; the others are kept. */
function countKept<F extends Fulfilment>({ order, outcomes }: Progress<F>): Progress<F> {
  const after = { order, outcomes: [...outcomes] }
  for (const [returnId, { lines, isCounted }] of order.returns) {
    if (isCounted || !covers(after.order.lines, lines)) continue
    const returns = new Map(after.order.returns).set(returnId, { lines, isCounted: true })
    after.order = { ...after.order, returns, lines: takeBack(after.order.lines, lines) }
    after.outcomes.push({ type: 'order.lines_returned', returnId, lines, amount: priceOf(order.lines, lines) })
  }
  return after
}

const completeIfDone = <F extends Fulfilment>(order: F, outcomes: readonly Outcome[]): Progress<F> =>
  mayBecome.completed.includes(order.status) && statusByLines(order.lines) === 'completed'
    ? { order: { ...order, status: 'completed' }, outcomes: [...outcomes, { type: 'order.completed' }] }
    : { order, outcomes }

const unchanged = <F extends Fulfilment>(order: F): Progress<F> => ({ order, outcomes: [] })
