import type { Effect, Service } from '../engine/model.ts'
import {
  moved,
  released,
  reserved,
  shipped,
  takenBack,
  turnedUp,
  type Movement,
  type StockRow,
} from './domain/inventory-service/stock-rows.ts'
import type { FulfilmentEvent, InventoryEvent } from './events.ts'
import { bySku, count, countOf, someOf, type Pieces, type PlacedPieces } from './pieces.ts'
import type { Applies } from './rules.ts'
import type { Scenario } from './scenarios.ts'

/** The stock of the order's items, and what it holds of it. Where it comes from is given by the scenario. */
export interface InventoryState {
  status: '-' | 'reserved' | 'rejected' | 'released' | 'committed' | 'void'
  rows: readonly StockRow[]
  /** `shipment 0`, `request 0`, `return 0`. */
  claims: readonly string[]
}

type InventoryEffect = Effect<InventoryState, InventoryEvent>

export const locations = ['main', 'shop']

export function inventoryService(scenario: Scenario, applies: Applies): Service<InventoryState, FulfilmentEvent> {
  const { allocations } = scenario
  const received = ({ location, sku }: Pick<StockRow, 'location' | 'sku'>) =>
    countOf(
      sku,
      allocations.filter(one => one.location === location),
    )

  const after = (state: InventoryState, movements: readonly Movement[]): InventoryState => ({
    ...state,
    rows: moved(state.rows, movements),
  })

  /** All that was held has left or was released. */
  const committedIfGone = (state: InventoryState): InventoryState =>
    state.rows.every(row => row.reserved === 0) && applies('i.committed-state')
      ? { ...state, status: 'committed' }
      : state

  function created(state: InventoryState): InventoryEffect[] {
    if (state.status !== '-')
      return applies('i.created-claim')
        ? [{ state }]
        : [{ state: after({ ...state, status: 'reserved' }, reserved(allocations)), wrong: 'reserved twice' }]
    return [
      {
        state: after({ ...state, status: 'reserved' }, reserved(allocations)),
        publishes: [{ type: 'stock.reserved', allocations }],
      },
      { state: { ...state, status: 'rejected' }, publishes: [{ type: 'stock.rejected' }] },
    ]
  }

  function cancelled(state: InventoryState): InventoryEffect {
    if (state.status === '-') return { state: applies('i.tombstone') ? { ...state, status: 'void' } : state }
    const isHeld = state.status === 'reserved' || !applies('i.cancel-guard')
    if (!isHeld || !applies('i.release-all')) return { state }
    const held = state.rows.map(({ location, sku, reserved }) => ({ location, sku, quantity: reserved }))
    const pieces = applies('i.still-reserved') ? held : allocations
    return { state: after({ ...state, status: 'released' }, released(pieces)) }
  }

  function linesCancelled(state: InventoryState, requestId: string, lines: readonly (Pieces | PlacedPieces)[]) {
    if (state.status !== 'reserved' && applies('i.lines-guard')) return [{ state }]
    const next = applies('i.lines-claim') ? claiming(state, `request ${requestId}`) : state
    if (!next) return [{ state }]
    const placed = lines.filter(line => 'location' in line)
    const choices = placed.length === lines.length ? [placed] : anywhere(state, lines)
    if (choices.length === 0) return [{ state, fails: 'inventory-service: CHECK (reserved >= 0) wherever it looks' }]
    return choices.map(pieces => ({ state: committedIfGone(after(next, released(pieces))) }))
  }

  /** Without o.location: wherever that many are reserved. */
  const anywhere = ({ rows }: InventoryState, lines: readonly Pieces[]) =>
    someOf(rows.map(({ location, sku, reserved }) => ({ sku: `${sku} ${location}`, quantity: reserved })))
      .map(choice =>
        choice.map(({ sku, quantity }): PlacedPieces => {
          const [name = '', location = ''] = sku.split(' ')
          return { location, sku: name, quantity }
        }),
      )
      .filter(
        choice =>
          count(choice) === count(lines) && lines.every(({ sku, quantity }) => countOf(sku, choice) === quantity),
      )

  function left(
    state: InventoryState,
    { shipmentId, location, lines }: Extract<FulfilmentEvent, { type: 'shipment.shipped' }>,
  ): InventoryEffect {
    if (state.status !== 'reserved' && applies('i.shipped-claim')) return { state }
    const next = applies('i.shipped-claim') ? claiming(state, `shipment ${shipmentId}`) : state
    if (!next) return { state }
    return {
      state: committedIfGone(after(next, shipped(lines.map(line => ({ location, ...line }))))),
      publishes: [{ type: 'stock.committed', shipmentId, lines }],
    }
  }

  function cameBack(
    state: InventoryState,
    event: Extract<FulfilmentEvent, { type: 'return.received' | 'return.found' }>,
  ): InventoryEffect {
    const isFound = event.type === 'return.found'
    const next = applies(isFound ? 'i.found-claim' : 'i.return-claim') ? claiming(state, event.returnId) : state
    if (!next) return { state }
    const { to, lines, condition } = event
    const from = applies('i.return-from') ? event.from : to
    if (condition === 'lost')
      return applies('i.lost')
        ? { state: after(next, takenBack({ from, to, lines, condition })) }
        : { state, fails: 'inventory-service: no row for goods that are lost' }
    if (!isFound) return { state: after(next, takenBack({ from, to, lines, condition })) }
    return { state: applies('i.found') ? after(next, turnedUp({ from, to, lines, condition })) : next }
  }

  return {
    start: {
      status: '-',
      rows: locations
        .flatMap(location => bySku(allocations).map(({ sku }) => ({ location, sku })))
        .map(row => ({
          ...row,
          available: received(row),
          reserved: 0,
          shipped: 0,
          scrapped: 0,
          lost: 0,
          movedAway: 0,
          movedHere: 0,
        })),
      claims: [],
    },
    handle(state, event): InventoryEffect[] {
      switch (event.type) {
        case 'order.created':
          return created(state)
        case 'order.cancelled':
          return [cancelled(state)]
        case 'order.lines_cancelled':
          return linesCancelled(state, event.requestId, event.lines)
        case 'shipment.shipped':
          return [left(state, event)]
        case 'return.received':
        case 'return.found':
          return [cameBack(state, event)]
        default:
          return [{ state }]
      }
    },
    violates: ({ rows }) =>
      applies('i.check') && rows.some(isBelowZero) ? 'inventory-service: CHECK (each >= 0)' : undefined,
    steps: () => [],
    problems: ({ rows }) => [
      ...(rows.some(isBelowZero) ? ['L2 stock is below zero'] : []),
      ...(rows.some(row => received(row) !== inRow(row)) ? ['L2 stock is not conserved'] : []),
    ],
  }
}

/** The state with the claim; undefined: it had it. */
const claiming = (state: InventoryState, claim: string): InventoryState | undefined =>
  state.claims.includes(claim) ? undefined : { ...state, claims: [...state.claims, claim].sort() }

const isBelowZero = ({ available, reserved, shipped, scrapped, lost }: StockRow) =>
  available < 0 || reserved < 0 || shipped < 0 || scrapped < 0 || lost < 0

const inRow = ({ available, reserved, shipped, scrapped, movedAway, movedHere }: StockRow) =>
  available + reserved + shipped + scrapped + movedAway - movedHere
