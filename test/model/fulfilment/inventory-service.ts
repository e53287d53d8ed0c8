import {
  find,
  releaseLines,
  releaseRest,
  ship,
  takeBack,
  type Effect as HoldingEffect,
  type Holding,
} from '@docket/inventory-service/src/holdings.ts'
import { reserved, type Movement, type StockNumbers } from '@docket/inventory-service/src/stock-movements.ts'
import { isRefused, type Refused } from '@docket/chassis/refused.ts'
import type { Effect, Service } from '../engine/model.ts'
import type { FulfilmentEvent, InventoryEvent } from './events.ts'
import { bySku, count, countOf, someOf, type Pieces, type PlacedPieces } from './pieces.ts'
import type { Applies, Rule } from './rules.ts'
import type { Scenario } from './scenarios.ts'

type StockRow = StockNumbers & { location: string; sku: string }

export interface InventoryState {
  status: '-' | 'reserved' | 'rejected' | 'released' | 'committed' | 'void'
  rows: readonly StockRow[]
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

  /** What the order holds, as the service reads it without the rules that do not apply. */
  function holdingOf(state: InventoryState, rule: { claim?: Rule; condition?: Rule }): Holding {
    const isGuarded = rule.condition === undefined || applies(rule.condition)
    const held = state.rows.filter(row => row.reserved > 0)
    return {
      orderId: '',
      status: state.status === '-' ? 'void' : isGuarded ? state.status : 'reserved',
      version: 0,
      pieces: held.map(({ location, sku, reserved }) => ({ location, sku, quantity: reserved })),
      counted: new Set(rule.claim === undefined || applies(rule.claim) ? state.claims : []),
    }
  }

  function changed(
    state: InventoryState,
    effect: HoldingEffect | Refused | undefined,
    publishes: readonly InventoryEvent[] = [],
  ): InventoryEffect {
    if (!effect) return { state }
    if (isRefused(effect)) return { state, fails: `inventory-service: ${effect.detail}` }
    const { status, counted } = effect.holding
    const isUnchanged = status === 'committed' && !applies('i.committed-state')
    const next = { ...state, claims: [...counted].sort(), status: isUnchanged ? state.status : statusOf(status) }
    return { state: after(next, effect.movements), publishes }
  }

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
    if (!applies('i.release-all')) return { state }
    const holding = holdingOf(state, { condition: 'i.cancel-guard' })
    return changed(state, releaseRest(applies('i.still-reserved') ? holding : { ...holding, pieces: allocations }))
  }

  function linesCancelled(state: InventoryState, requestId: string, lines: readonly (Pieces | PlacedPieces)[]) {
    const holding = holdingOf(state, { condition: 'i.lines-guard', claim: 'i.lines-claim' })
    const placed = lines.filter(line => 'location' in line)
    const choices = placed.length === lines.length ? [placed] : anywhere(state, lines)
    return choices.length === 0
      ? [{ state, fails: 'inventory-service: nowhere is that much reserved' }]
      : choices.map(some => changed(state, releaseLines(holding, { requestId: `request ${requestId}`, lines: some })))
  }

  /** Without o.location, pieces are taken wherever that many are reserved. */
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
    const holding = holdingOf(state, { condition: 'i.shipped-claim', claim: 'i.shipped-claim' })
    const effect = ship(holding, { shipmentId: `shipment ${shipmentId}`, location, lines })
    return changed(state, effect, [{ type: 'stock.committed', shipmentId, lines }])
  }

  function cameBack(
    state: InventoryState,
    event: Extract<FulfilmentEvent, { type: 'return.received' | 'return.found' }>,
  ): InventoryEffect {
    const isFound = event.type === 'return.found'
    const holding = holdingOf(state, { claim: isFound ? 'i.found-claim' : 'i.return-claim' })
    const { returnId, to, condition } = event
    const returned = {
      returnId,
      from: applies('i.return-from') ? event.from : to,
      to,
      lines: event.lines.map(line => ({ ...line, condition })),
    }
    if (condition === 'lost' && !applies('i.lost'))
      return { state, fails: 'inventory-service: no row for goods that are lost' }
    if (!isFound) return changed(state, takeBack(holding, returned))
    const effect = find(holding, returned)
    return changed(state, effect && !applies('i.found') ? { ...effect, movements: [] } : effect)
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
          moved: 0,
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

const statusOf = (status: Holding['status']) => (status === 'claimed' ? '-' : status)

/** A number below zero is not refused here, because the table has a CHECK for it. */
const moved = (rows: readonly StockRow[], movements: readonly Movement[]): StockRow[] =>
  rows.map(row =>
    movements
      .filter(({ location, sku }) => location === row.location && sku === row.sku)
      .reduce((before, movement) => {
        const after = { ...before }
        for (const number of numbers) after[number] += movement[number] ?? 0
        return after
      }, row),
  )

const numbers = ['available', 'reserved', 'shipped', 'scrapped', 'lost', 'moved'] as const

const isBelowZero = ({ available, reserved, shipped, scrapped, lost }: StockRow) =>
  available < 0 || reserved < 0 || shipped < 0 || scrapped < 0 || lost < 0

const inRow = ({ available, reserved, shipped, scrapped, moved }: StockRow) =>
  available + reserved + shipped + scrapped - moved
