import type { Effect, Service, Step } from '../engine/model.ts'
import {
  covers,
  mayRequestCancel,
  openPieces,
  priceOf,
  ship,
  statusByLines,
  takeBack,
  withdraw,
  type OrderLine,
} from '@docket/order-service/src/order-lines.ts'
import { newTypes, type FulfilmentEvent, type OrderEvent, type Told } from './events.ts'
import { bySku, count, inWords, type Pieces, type PlacedPieces } from './pieces.ts'
import type { Applies } from './rules.ts'
import { prices, type Scenario } from './scenarios.ts'

export interface OrderState {
  status: '-' | 'pending' | 'accepted' | 'completed' | 'cancelled' | 'rejected'
  allocations?: readonly PlacedPieces[]
  paid: boolean
  lines: readonly OrderLine[]
  requests: readonly { id: string; isOpen: boolean; lines: readonly Pieces[] }[]
  committed: readonly string[]
  returned: readonly string[]
  keptReturns: readonly { returnId: string; lines: readonly Pieces[] }[]
  /** A replica of the previous release consumed `stock.reserved`, so there are no allocations. */
  reservedBefore: boolean
}

type OrderEffect = Effect<OrderState, OrderEvent>

export function orderService(scenario: Scenario, applies: Applies): Service<OrderState, FulfilmentEvent> {
  const ordered = bySku(scenario.allocations)
  const isFinal = ({ status }: OrderState) => ['completed', 'cancelled', 'rejected'].includes(status)

  function cancelled(state: OrderState): OrderEffect {
    return {
      state: { ...state, status: 'cancelled' },
      publishes: [{ type: 'order.cancelled' }],
      ...(isFinal(state) && { wrong: 'order.cancelled after the end' }),
    }
  }

  function accepted(state: OrderState): OrderEffect {
    const { allocations } = state
    return {
      state: { ...state, status: 'accepted' },
      publishes: [{ type: 'order.accepted', ...(allocations && { allocations }) }],
      ...(state.status !== 'pending' && { wrong: 'accepted twice, or after the end' }),
    }
  }

  const completedIfNothingIsOpen = (state: OrderState): OrderState =>
    state.status === 'accepted' && statusByLines(state.lines) === 'completed'
      ? { ...state, status: 'completed' }
      : state

  const withReturn = (state: OrderState, returnId: string, lines: readonly Pieces[]): OrderEffect => ({
    state: { ...state, lines: takeBack(state.lines, lines), returned: claimed(state.returned, returnId) },
    publishes: [{ type: 'order.lines_returned', refund: { refundId: returnId, amount: priceOf(state.lines, lines) } }],
  })

  function shipped(state: OrderState, shipmentId: string, lines: readonly Pieces[]): OrderEffect {
    let next = completedIfNothingIsOpen({
      ...state,
      lines: ship(state.lines, lines),
      committed: claimed(state.committed, shipmentId),
    })
    const publishes: OrderEvent[] = []
    for (const kept of state.keptReturns) {
      if (!covers(next.lines, kept.lines)) continue
      const effect = withReturn(next, kept.returnId, kept.lines)
      next = { ...effect.state, keptReturns: next.keptReturns.filter(other => other !== kept) }
      publishes.push(...(effect.publishes ?? []))
    }
    return { state: next, publishes }
  }

  function returned(state: OrderState, returnId: string, lines: readonly Pieces[]): OrderEffect {
    const isOver = state.status !== 'accepted' && !(state.status === 'completed' && applies('o.return-in-completed'))
    if (isOver || (applies('o.return-claim') && state.returned.includes(returnId))) return { state }
    if (covers(state.lines, lines) || !applies('o.return-kept')) return withReturn(state, returnId, lines)
    return {
      state: {
        ...state,
        returned: claimed(state.returned, returnId),
        keptReturns: [...state.keptReturns.filter(kept => kept.returnId !== returnId), { returnId, lines }],
      },
    }
  }

  function withdrawn(state: OrderState, requestId: string, pieces: readonly PlacedPieces[]): OrderEffect {
    const request = state.requests.find(({ id }) => id === requestId)
    if (applies('o.request-open') && !request?.isOpen) return { state }
    if (state.status !== 'accepted' && !applies('o.request-any-state')) return { state }
    const next: OrderState = {
      ...state,
      lines: withdraw(state.lines, pieces),
      requests: state.requests.map(one => (one.id === requestId ? { ...one, isOpen: false } : one)),
    }
    const isSomething = count(pieces) > 0
    if (isSomething && applies('o.last-is-cancelled') && statusByLines(next.lines) === 'cancelled')
      return cancelled(next)
    const after = applies('o.completed-by-withdrawal') ? completedIfNothingIsOpen(next) : next
    if (!isSomething && applies('o.silent-when-refused')) return { state: after }
    const refunded = applies('o.refund-withdrawn') ? pieces : (request?.lines ?? [])
    const refund: Told = {
      refundId: requestId,
      amount: Math.min(priceOf(next.lines, refunded), priceOf(next.lines, ordered)),
    }
    return {
      state: after,
      publishes: [
        { type: 'order.lines_cancelled', requestId, lines: applies('o.location') ? pieces : bySku(pieces), refund },
      ],
      ...(isFinal(state) && { wrong: 'lines cancelled after the end' }),
    }
  }

  function handle(state: OrderState, event: FulfilmentEvent): OrderEffect[] {
    const { status } = state
    const isPending = status === 'pending'
    switch (event.type) {
      case 'stock.reserved': {
        if (!isPending) return [{ state }]
        const next = { ...state, allocations: event.allocations }
        return [state.paid && applies('o.second-of-two') ? accepted(next) : { state: next }]
      }
      case 'payment.succeeded': {
        if (!isPending && applies('o.pending-on-paid')) return [{ state }]
        const next = { ...state, paid: true }
        const isReserved =
          state.allocations !== undefined ||
          (state.reservedBefore && applies('x.old-main')) ||
          !applies('o.needs-allocations')
        return [isReserved ? accepted(next) : { state: next }]
      }
      case 'payment.failed':
        return [isPending || !applies('o.pending-on-failed') ? cancelled(state) : { state }]
      case 'stock.rejected':
        if (!isPending && applies('o.pending-on-rejected')) return [{ state }]
        return [{ state: { ...state, status: 'rejected' }, ...(isFinal(state) && { wrong: 'rejected after the end' }) }]
      case 'stock.committed': {
        const isClaimed = state.committed.includes(event.shipmentId)
        if (
          applies('o.committed-claim')
            ? isClaimed || status !== 'accepted'
            : status !== 'accepted' && status !== 'completed'
        )
          return [{ state }]
        return [shipped(state, event.shipmentId, event.lines)]
      }
      case 'shipment.lines_withdrawn':
        return [withdrawn(state, event.requestId, event.withdrawn)]
      case 'return.received':
        return [returned(state, event.returnId, event.lines)]
      case 'return.found':
        return [applies('o.found-no-money') ? { state } : returned(state, event.returnId, event.lines)]
      default:
        return [{ state }]
    }
  }

  /** The previous release knows no lines, and completes at the first `stock.committed`. */
  function handleBefore(state: OrderState, event: FulfilmentEvent): OrderEffect[] {
    const isAccepted = state.status === 'accepted'
    if (newTypes.includes(event.type)) return [{ state }]
    if (event.type === 'stock.reserved') return [{ state: { ...state, reservedBefore: true } }]
    if (event.type === 'payment.succeeded')
      return [
        state.status === 'pending'
          ? { state: { ...state, status: 'accepted' }, publishes: [{ type: 'order.accepted' }] }
          : { state },
      ]
    if (event.type === 'stock.committed') return [{ state: isAccepted ? { ...state, status: 'completed' } : state }]
    return handle(state, event)
  }

  /** The deployment does this once: a sweep, and lines.shipped for orders completed without it. */
  function afterUpdate(state: OrderState): OrderEffect {
    if (state.status === 'completed' && state.lines.every(({ shipped }) => shipped === 0) && applies('x.backfill'))
      return { state: { ...state, lines: ship(state.lines, ordered) } }
    if (state.status === 'pending' && state.paid && state.reservedBefore && applies('x.sweep-accept'))
      return accepted(state)
    return { state }
  }

  function steps(state: OrderState, isUpdating: boolean): Step<OrderState, OrderEvent>[] {
    const { status } = state
    if (status === '-')
      return [
        { what: 'an order is created', state: { ...state, status: 'pending' }, publishes: [{ type: 'order.created' }] },
      ]
    const mayCancel = status === 'pending' || (isFinal(state) && !applies('o.cancel-pending'))
    return [
      ...(mayCancel ? [{ what: 'the order is cancelled by hand, or its window is over', ...cancelled(state) }] : []),
      ...(status === 'accepted' && !applies('o.asks-shipping')
        ? [{ what: 'the accepted order is cancelled', ...cancelled(state) }]
        : isUpdating && applies('x.gate')
          ? []
          : requests(state)),
    ]
  }

  function requests(state: OrderState): Step<OrderState, OrderEvent>[] {
    const id = String(state.requests.length)
    if (state.requests.length === scenario.cancels) return []
    const isTooEarly = state.status === 'pending'
    return scenario.cancelOf.flatMap((what): Step<OrderState, OrderEvent>[] => {
      const lines = what === 'all' ? ordered : [{ sku: what, quantity: 1 }]
      const isEnough = lines.every(
        ({ sku, quantity }) =>
          what === 'all' || state.lines.some(line => line.sku === sku && openPieces(line) >= quantity),
      )
      const answer =
        isTooEarly && what !== 'all' && !applies('o.not-accepted-yet')
          ? 'yes'
          : mayRequestCancel(asStatus(state), state.lines, lines)
      if (!isEnough || answer !== 'yes') return []
      return [
        {
          what: `request ${id}: to cancel ${inWords(lines)}`,
          state: { ...state, requests: [...state.requests, { id, isOpen: true, lines }] },
          publishes: [{ type: 'order.cancel_requested', requestId: id, lines }],
        },
      ]
    })
  }

  return {
    start: {
      status: '-',
      paid: false,
      lines: ordered.map(({ sku, quantity }) => ({
        sku,
        quantity,
        unitPrice: prices[sku] ?? 0,
        cancelled: 0,
        shipped: 0,
        returned: 0,
      })),
      requests: [],
      committed: [],
      returned: [],
      keptReturns: [],
      reservedBefore: false,
    },
    handle,
    handleBefore,
    afterUpdate,
    steps,
    violates: ({ lines }) =>
      lines.some(line => openPieces(line) < 0)
        ? 'order-service: CHECK (cancelled + shipped <= quantity)'
        : lines.some(line => line.returned > line.shipped)
          ? 'order-service: CHECK (returned <= shipped)'
          : undefined,
    problems: () => [],
  }
}

/** An order that was not created has no status in the domain. */
const asStatus = ({ status }: OrderState) => (status === '-' ? 'rejected' : status)

const claimed = (claims: readonly string[], id: string) => (claims.includes(id) ? claims : [...claims, id].sort())

export const kept = ({ lines }: OrderState): number =>
  lines.reduce((sum, line) => sum + line.unitPrice * (line.quantity - line.cancelled - line.returned), 0)

export const shippedOf = ({ lines }: OrderState) => lines.reduce((sum, line) => sum + line.shipped, 0)
export const isInForce = ({ status }: OrderState) => status === 'accepted' || status === 'completed'
