import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { GoodsCondition, ReturnKind, ReturnStatus } from '@docket/contract/terms.ts'
import { includes, lacking, without, type Pieces, type Shipment } from './shipment.ts'

/**
 * Goods on their way back. `asked`: a customer or an operator wants to return them. `undeliverable`, `lost`: opened
 * when the shipment is confirmed as such. `found`: they were received as lost and refunded, and turned up.
 */
export interface Return {
  id: string
  shipmentId: string
  kind: ReturnKind
  status: ReturnStatus
  /** Have a condition once the return is received, and an item may then be in several. */
  lines: readonly (Pieces & { condition?: GoodsCondition })[]
  /** Of what was found: the return in which it was received as lost. */
  lostIn?: string
}

export interface CountedPieces extends Pieces {
  condition: Exclude<GoodsCondition, 'lost'>
}

/** Pieces of a shipment that are in no return, because a piece comes back once. */
export const freeLines = (shipment: Pick<Shipment, 'id' | 'lines'>, returns: readonly Return[]): Pieces[] =>
  without(
    shipment.lines,
    returns
      .filter(
        ({ shipmentId, status, kind }) => shipmentId === shipment.id && status !== 'cancelled' && kind !== 'found',
      )
      .flatMap(({ lines }) => lines),
  )

/** All lines of a lost or undeliverable shipment are in a return already. */
export function ask(
  shipment: Pick<Shipment, 'id' | 'status' | 'lines'>,
  returns: readonly Return[],
  lines: readonly Pieces[],
  id: string,
): Return | Refused {
  if (shipment.status !== 'shipped' && shipment.status !== 'delivered')
    return refused(`shipment_${shipment.status}`, 'Only what has left, and is not claimed as lost, can be sent back.')
  if (!includes(freeLines(shipment, returns), lines))
    return refused(
      'in_other_return',
      'Some of it is in another return, or was not in the shipment; what left in several needs a return for each.',
    )
  return { id, shipmentId: shipment.id, kind: 'asked', status: 'requested', lines }
}

/**
 * When a shipment is confirmed as lost or undeliverable, open returns requested for it end, and one return gets all
 * lines that are in no other. Lost goods are received at once; undeliverable goods count when they are received.
 */
export function confirm<R extends Return>(
  shipment: Pick<Shipment, 'id' | 'lines'>,
  claim: 'lost' | 'undeliverable',
  returns: readonly R[],
  id: string,
): { returns: R[]; opened?: Return } {
  const kept = returns.map(one =>
    one.shipmentId === shipment.id && one.kind === 'asked' ? cancelledIfRequested(one) : one,
  )
  const lines = freeLines(shipment, kept)
  if (lines.length === 0) return { returns: kept }
  const opened: Return = { id, shipmentId: shipment.id, kind: claim, status: 'requested', lines }
  return { returns: kept, opened: claim === 'lost' ? asLost(opened) : opened }
}

/** The goods no longer come back as undeliverable, but what was received stays. */
export const deliveredAfterAll = <R extends Return>(shipmentId: string, returns: readonly R[]): R[] =>
  returns.map(one => (one.shipmentId === shipmentId && one.kind === 'undeliverable' ? cancelledIfRequested(one) : one))

const cancelledIfRequested = <R extends Return>(one: R): R =>
  one.status === 'requested' ? { ...one, status: 'cancelled' } : one

const asLost = <R extends Return>(one: R): R => ({
  ...one,
  status: 'received',
  lines: one.lines.map(line => ({ ...line, condition: 'lost' })),
})

/**
 * Goods that the warehouse did not count get a return of their own, of the same kind and in the previous status. Goods
 * may arrive although their return was cancelled: they are received as far as no other return has their lines.
 */
export function receive<R extends Return>(
  one: R,
  shipment: Pick<Shipment, 'id' | 'lines'>,
  returns: readonly Return[],
  counted: readonly CountedPieces[],
  restId: string,
): { received: R; rest?: R } | Refused {
  if (one.status === 'received') return refused('already_received', 'The return was received; count the rest of it.')
  const over = lacking(one.lines, counted)
  if (over) return refused('not_in_return', `The return has not that many pieces of ${over.sku}.`)
  if (one.status === 'cancelled' && !includes(freeLines(shipment, returns), counted))
    return refused('in_other_return', 'The return was cancelled, and another has its lines now: receive that one.')
  const received: R = { ...one, status: 'received', lines: counted }
  const lines = without(one.lines, counted)
  return lines.length === 0 ? { received } : { received, rest: { ...one, id: restId, lines } }
}

/** If goods never arrive, a customer's return is cancelled, and a carrier's is lost. */
export const giveUp = <R extends Return>(one: R): R =>
  one.kind === 'asked' ? { ...one, status: 'cancelled' } : asLost(one)

/** Lost goods that turn up go to stock, but are not refunded a second time, because they already were. */
export function find(
  lost: Return,
  returns: readonly Return[],
  counted: readonly CountedPieces[],
  id: string,
): Return | Refused {
  if (lostLines(lost).length === 0) return refused('not_lost', 'The goods of this return were not lost.')
  const over = lacking(stillLost(lost, returns), counted)
  if (over) return refused('not_in_return', `Not that many pieces of ${over.sku} in this return are lost.`)
  return { id, shipmentId: lost.shipmentId, kind: 'found', status: 'received', lines: counted, lostIn: lost.id }
}

export const lostLines = ({ lines }: Pick<Return, 'lines'>) => lines.filter(({ condition }) => condition === 'lost')

const stillLost = (lost: Return, returns: readonly Return[]): Pieces[] =>
  without(
    lostLines(lost),
    returns.filter(({ lostIn }) => lostIn === lost.id).flatMap(({ lines }) => lines),
  )
