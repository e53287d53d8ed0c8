import type { Effect, Service, Step } from '../engine/model.ts'
import type { QueueEvent } from './events.ts'
import type { QueueApplies } from './rules.ts'
import { skus, type Items, type QueueScenario, type Sku } from './scenarios.ts'

export interface QueueState {
  available: Items
  added: Items
  returned: number
  reservations: readonly ReservationStatus[]
  queue: readonly { order: number; lacked: readonly Sku[] }[]
  /** Without q.lock-first, an order's stock is read before its rows are locked. */
  deciding?: { order: number; available: Items }
}

type ReservationStatus = '-' | 'waiting' | 'reserved' | 'rejected' | 'shipped' | 'returned' | 'released' | 'void'
type QueueEffect = Effect<QueueState, QueueEvent>
interface Change {
  state: QueueState
  publishes: QueueEvent[]
  wrong?: string
}

export function queueInventory(scenario: QueueScenario, applies: QueueApplies): Service<QueueState, QueueEvent> {
  const wants = (order: number): Items => scenario.orders[order]?.wants ?? { mug: 0, plate: 0 }
  const priority = (order: number) => scenario.orders[order]?.priority ?? 0
  const itemsOf = (order: number) => skus.filter(sku => wants(order)[sku] > 0)

  function inOrder({ queue }: QueueState): number[] {
    const orders = queue.map(({ order }) => order)
    return [...orders].sort((a, b) => priority(a) - priority(b) || orders.indexOf(a) - orders.indexOf(b))
  }

  function before(state: QueueState, order: number): number[] {
    const orders = inOrder(state)
    const at = orders.indexOf(order)
    return at >= 0 ? orders.slice(0, at) : orders.filter(other => priority(other) <= priority(order))
  }

  const lackedBy = (order: number, available: Items) => skus.filter(sku => available[sku] < wants(order)[sku])

  const lackedBefore = (state: QueueState, order: number) =>
    before(state, order).flatMap(other => lackedBy(other, state.available))

  const changed = (available: Items, order: number, sign: 1 | -1): Items => ({
    mug: available.mug + sign * wants(order).mug,
    plate: available.plate + sign * wants(order).plate,
  })

  const withStatus = (state: QueueState, order: number, status: ReservationStatus): QueueState => ({
    ...state,
    reservations: state.reservations.with(order, status),
  })

  const without = (state: QueueState, order: number): QueueState => ({
    ...state,
    queue: state.queue.filter(entry => entry.order !== order),
  })

  function reserved(state: QueueState, order: number): Change {
    const overtaken = itemsOf(order).find(sku => lackedBefore(state, order).includes(sku))
    const status = state.reservations[order]
    const wrong = overtaken
      ? `L6 order ${order} gets a ${overtaken}, which an order before it lacks`
      : status !== '-' && status !== 'waiting'
        ? 'reserved twice, or for an order that is over'
        : undefined
    const next = { ...without(state, order), available: changed(state.available, order, -1) }
    return {
      state: withStatus(next, order, 'reserved'),
      publishes: [
        { type: 'stock.reserved', order },
        { type: 'payment.succeeded', order },
      ],
      ...(wrong !== undefined && { wrong }),
    }
  }

  function served(state: QueueState, items: readonly Sku[]): Change {
    const change: Change = { state, publishes: [] }
    const orders = applies('q.order') ? inOrder(state) : inOrder(state).toReversed()
    for (const order of orders) {
      const lacked = change.state.queue.find(entry => entry.order === order)?.lacked ?? []
      const standsFor = applies('q.by-line') ? itemsOf(order) : lacked
      if (!items.some(sku => standsFor.includes(sku))) continue
      const lacks = lackedBy(order, change.state.available)
      const isNext = applies('q.no-overtake') && applies('q.order')
      const held = isNext ? lackedBefore(change.state, order) : []
      if (lacks.length === 0 && !itemsOf(order).some(sku => held.includes(sku))) {
        const { state: next, publishes, wrong } = reserved(change.state, order)
        change.state = next
        change.publishes.push(...publishes)
        if (wrong !== undefined) change.wrong ??= wrong
        continue
      }
      const isPart = itemsOf(order).some(sku => change.state.available[sku] > 0)
      if (lacks.length > 0 && isPart && !applies('q.all-or-nothing')) change.wrong ??= 'reserved in part'
      if (!applies('q.pass-on')) break
    }
    return change
  }

  /** `available` is what the newcomer has read, which may be outdated without q.lock-first. */
  function decided(state: QueueState, order: number, available: Items): Change {
    const lacks = lackedBy(order, available)
    const held = applies('q.newcomer') ? lackedBefore(state, order) : []
    const lacked = itemsOf(order).filter(sku => lacks.includes(sku) || held.includes(sku))
    if (lacked.length === 0 && lackedBy(order, state.available).length === 0) return reserved(state, order)
    if (scenario.orders[order]?.whenShort === 'reject')
      return { state: withStatus(state, order, 'rejected'), publishes: [{ type: 'stock.rejected', order }] }
    const queue = [...state.queue, { order, lacked }]
    return { state: withStatus({ ...state, queue }, order, 'waiting'), publishes: [{ type: 'stock.waiting', order }] }
  }

  function created(state: QueueState, order: number): QueueEffect {
    const isNew = state.reservations[order] === '-'
    if (!isNew && applies('q.claim')) return { state }
    return isNew && !applies('q.lock-first')
      ? { state: { ...state, deciding: { order, available: state.available } } }
      : decided(state, order, state.available)
  }

  function cancelled(state: QueueState, order: number): QueueEffect {
    switch (state.reservations[order]) {
      case '-':
        return { state: applies('q.tombstone') ? withStatus(state, order, 'void') : state }
      case 'waiting': {
        if (!applies('q.leaves')) return { state }
        const next = withStatus(without(state, order), order, 'released')
        return applies('q.on-leave') ? served(next, itemsOf(order)) : { state: next }
      }
      case 'reserved': {
        const next = withStatus({ ...state, available: changed(state.available, order, 1) }, order, 'released')
        return applies('q.on-release') ? served(next, itemsOf(order)) : { state: next }
      }
      default:
        return { state }
    }
  }

  function cameBack(state: QueueState, order: number): QueueEffect {
    const available = changed(state.available, order, 1)
    const next = withStatus({ ...state, available, returned: state.returned + 1 }, order, 'returned')
    return applies('q.on-return') ? served(next, itemsOf(order)) : { state: next }
  }

  function cameIn(state: QueueState, sku: Sku): QueueEffect {
    const one = (items: Items): Items => ({ ...items, [sku]: items[sku] + 1 })
    const next = { ...state, available: one(state.available), added: one(state.added) }
    return applies('q.on-adjust') ? served(next, [sku]) : { state: next }
  }

  function afterDeciding({ deciding, ...state }: QueueState): Step<QueueState, QueueEvent>[] {
    if (!deciding) return []
    const { order, available } = deciding
    const effect = state.reservations[order] === '-' ? decided(state, order, available) : { state }
    return [{ what: `order ${order} is decided by what was read before the lock`, ...effect }]
  }

  return {
    start: {
      available: scenario.stock,
      added: { mug: 0, plate: 0 },
      returned: 0,
      reservations: scenario.orders.map(() => '-'),
      queue: [],
    },
    handle(state, { type, order }): QueueEffect[] {
      if (state.deciding) return [] // it is in the middle of its transaction
      switch (type) {
        case 'order.created':
          return [created(state, order)]
        case 'order.cancelled':
          return [cancelled(state, order)]
        case 'shipment.shipped':
          return [{ state: state.reservations[order] === 'reserved' ? withStatus(state, order, 'shipped') : state }]
        default:
          return [{ state }]
      }
    },
    violates: () => undefined,
    steps: state => [
      ...afterDeciding(state),
      ...state.reservations.flatMap((status, order) =>
        status === 'shipped' && state.returned < scenario.returns
          ? [{ what: `the goods of order ${order} come back`, ...cameBack(state, order) }]
          : [],
      ),
      ...skus
        .filter(sku => state.added[sku] < scenario.incoming[sku])
        .map(sku => ({ what: `a ${sku} comes in`, ...cameIn(state, sku) })),
    ],
    problems: state => [
      ...skus.flatMap(sku => {
        const held = state.reservations.reduce(
          (sum, status, order) => sum + (status === 'reserved' || status === 'shipped' ? wants(order)[sku] : 0),
          0,
        )
        const isConserved = state.available[sku] + held === scenario.stock[sku] + state.added[sku]
        return isConserved && state.available[sku] >= 0 ? [] : ['I3 stock']
      }),
      ...inOrder(state).flatMap(order => {
        const held = lackedBefore(state, order)
        const isServable =
          lackedBy(order, state.available).length === 0 && !itemsOf(order).some(sku => held.includes(sku))
        return isServable ? [`L6 order ${order} waits, and could be served`] : []
      }),
    ],
  }
}
