import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import { mainLocation } from '@docket/contract/terms.ts'
import {
  released,
  shipped,
  takenBack,
  turnedUp,
  type Movement,
  type PlacedPieces,
  type Receipt,
} from './stock-movements.ts'

/** What became of the stock of an order. */
export interface Holding {
  orderId: string
  status: 'claimed' | 'reserved' | 'rejected' | 'released' | 'committed' | 'void'
  /** The sequence of its last event. */
  version: number
  /** What is still reserved; once released or committed, what was taken last. */
  pieces: readonly PlacedPieces[]
  /** Shipments, cancel requests and returns whose effect the stock already has. */
  counted: ReadonlySet<string>
}

export interface Effect {
  holding: Holding
  movements: Movement[]
  /** What caused it: a shipment, cancel request or return. */
  ref?: string
}

/** The release before has one shipment for each order, with all of it, and names neither location nor lines. */
export interface Shipped {
  shipmentId: string
  location?: string
  lines?: readonly { sku: string; quantity: number }[]
}

/**
 * Undefined when it is counted already or nothing is reserved any more. So the shipment with the last pieces need not
 * be counted by its id.
 */
export function ship(holding: Holding, { shipmentId, location, lines }: Shipped): Effect | Refused | undefined {
  if (holding.status !== 'reserved' || holding.counted.has(shipmentId)) return undefined
  const leaving = lines?.map(line => ({ location: location ?? mainLocation, ...line })) ?? holding.pieces
  const left = lines ? without(holding.pieces, leaving) : []
  if (!left) return notReserved(`shipment ${shipmentId}`)
  return {
    holding:
      left.length === 0 ? { ...holding, status: 'committed' } : { ...counting(holding, shipmentId), pieces: left },
    movements: shipped(leaving),
    ref: shipmentId,
  }
}

export interface CancelledLines {
  requestId: string
  lines: readonly PlacedPieces[]
}

/** An order of which nothing is reserved any more is committed, because something of it has left. */
export function releaseLines(holding: Holding, { requestId, lines }: CancelledLines): Effect | Refused | undefined {
  if (holding.status !== 'reserved' || holding.counted.has(requestId)) return undefined
  const left = without(holding.pieces, lines)
  if (!left) return notReserved(`cancel request ${requestId}`)
  const after = { ...counting(holding, requestId), pieces: left }
  return {
    holding: left.length === 0 ? { ...after, status: 'committed' } : after,
    movements: released(lines),
    ref: requestId,
  }
}

/** What has left stays shipped. */
export const releaseRest = (holding: Holding, { requestId }: { requestId?: string } = {}): Effect | undefined =>
  holding.status === 'reserved'
    ? {
        holding: { ...holding, status: 'released' },
        movements: released(holding.pieces),
        ...(requestId !== undefined && { ref: requestId }),
      }
    : undefined

type Returned = Receipt & { returnId: string }

export const takeBack = (holding: Holding, returned: Returned): Effect | undefined =>
  receiving(holding, returned, takenBack)

export const find = (holding: Holding, returned: Returned): Effect | undefined => receiving(holding, returned, turnedUp)

const receiving = (
  holding: Holding,
  returned: Returned,
  movementsOf: (receipt: Receipt) => Movement[],
): Effect | undefined =>
  holding.counted.has(returned.returnId)
    ? undefined
    : {
        holding: counting(holding, returned.returnId),
        movements: movementsOf(returned),
        ref: returned.returnId,
      }

/**
 * Events take effect one after another, each with the next sequence. Returns those that have an effect, with it, and
 * those that are refused; the others are late or duplicates.
 */
export function inTurn<E extends { key: string }>(
  holdings: ReadonlyMap<string, Holding>,
  events: readonly E[],
  decide: (holding: Holding, event: E) => Effect | Refused | undefined,
): { after: Map<string, Holding>; effects: [E, Effect][]; refusals: [E, Refused][] } {
  const after = new Map(holdings)
  const effects: [E, Effect][] = []
  const refusals: [E, Refused][] = []
  for (const event of events) {
    const holding = after.get(event.key)
    const decided = holding ? decide(holding, event) : refused('unknown_order', 'it holds no stock here')
    if (isRefused(decided)) refusals.push([event, decided])
    else if (decided) {
      const effect = { ...decided, holding: next(decided.holding) }
      after.set(event.key, effect.holding)
      effects.push([event, effect])
    }
  }
  return { after, effects, refusals }
}

const next = (holding: Holding): Holding => ({ ...holding, version: holding.version + 1 })

const counting = (holding: Holding, id: string): Holding => ({
  ...holding,
  counted: new Set([...holding.counted, id]),
})

const notReserved = (what: string) => refused('not_reserved', `${what} takes more than is still reserved`)

/** Undefined when not all of `taken` is there. */
function without(pieces: readonly PlacedPieces[], taken: readonly PlacedPieces[]): PlacedPieces[] | undefined {
  const key = ({ location, sku }: PlacedPieces) => `${location} ${sku}`
  const left = new Map(pieces.map(one => [key(one), one]))
  for (const one of taken) {
    const held = left.get(key(one))
    if (!held || held.quantity < one.quantity) return undefined
    left.set(key(one), { ...held, quantity: held.quantity - one.quantity })
  }
  return [...left.values()].filter(({ quantity }) => quantity > 0)
}
