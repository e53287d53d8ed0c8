import { refused, type Refused } from '@docket/chassis/refused.ts'
import { quantityOf, without, type Pieces, type Shipment } from './shipments.ts'

/**
 * Goods on their way back. `asked`: a customer or an operator wants to return them. `undeliverable`, `lost`: opened
 * when the shipment is confirmed as such. `found`: they were received as lost and refunded, and turned up.
 */
export interface Return {
  id: string
  shipmentId: string
  kind: 'asked' | 'undeliverable' | 'lost' | 'found'
  status: 'requested' | 'received' | 'cancelled'
  lines: readonly Pieces[]
  condition?: Condition
  of?: string
}

export type Condition = 'restock' | 'scrap' | 'lost'

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
  shipment: Shipment,
  returns: readonly Return[],
  lines: readonly Pieces[],
  id: string,
): Return | Refused {
  if (shipment.status !== 'shipped' && shipment.status !== 'delivered')
    return refused(`shipment_${shipment.status}`, 'Only what has left, and is not claimed as lost, can be sent back.')
  if (!includes(freeLines(shipment, returns), lines))
    return refused('in_other_return', 'Some of it is in another return, or was not in the shipment.')
  return { id, shipmentId: shipment.id, kind: 'asked', status: 'requested', lines }
}

/**
 * When a shipment is confirmed as lost or undeliverable, open returns requested for it end, and one return gets all
 * lines that are in no other. Lost goods are received at once; undeliverable goods count when they are received.
 */
export function confirm(
  shipment: Pick<Shipment, 'id' | 'lines'>,
  claim: 'lost' | 'undeliverable',
  returns: readonly Return[],
  id: string,
): { returns: Return[]; opened?: Return } {
  const kept = returns.map(one =>
    one.shipmentId === shipment.id && one.kind === 'asked' ? cancelledIfRequested(one) : one,
  )
  const lines = freeLines(shipment, kept)
  if (lines.length === 0) return { returns: kept }
  const opened: Return =
    claim === 'lost'
      ? { id, shipmentId: shipment.id, kind: claim, status: 'received', lines, condition: 'lost' }
      : { id, shipmentId: shipment.id, kind: claim, status: 'requested', lines }
  return { returns: [...kept, opened], opened }
}

/** The goods no longer come back as undeliverable, but what was received stays. */
export const deliveredAfterAll = (shipmentId: string, returns: readonly Return[]): Return[] =>
  returns.map(one => (one.shipmentId === shipmentId && one.kind === 'undeliverable' ? cancelledIfRequested(one) : one))

const cancelledIfRequested = (one: Return): Return =>
  one.status === 'requested' ? { ...one, status: 'cancelled' } : one

/**
 * Goods that the warehouse did not count get a return of their own, of the same kind and in the previous status. Goods
 * may arrive although their return was cancelled: they are received as far as no other return has their lines.
 */
export function receive(
  one: Return,
  shipment: Pick<Shipment, 'id' | 'lines'>,
  returns: readonly Return[],
  counted: readonly Pieces[],
  condition: Condition,
  restId: string,
): { received: Return; rest?: Return } | Refused {
  if (one.status === 'received') return refused('already_received', 'The return was received; count the rest of it.')
  if (!includes(one.lines, counted)) return refused('not_in_return', 'The return has not that many pieces.')
  if (one.status === 'cancelled' && !includes(freeLines(shipment, returns), counted))
    return refused('in_other_return', 'The return was cancelled, and another has its lines now: receive that one.')
  const received: Return = { ...one, status: 'received', lines: counted, condition }
  const lines = without(one.lines, counted)
  return lines.length === 0 ? { received } : { received, rest: { ...one, id: restId, lines } }
}

/** If goods never arrive, a customer's return is cancelled, and a carrier's is lost. */
export const giveUp = (one: Return): Return =>
  one.kind === 'asked' ? { ...one, status: 'cancelled' } : { ...one, status: 'received', condition: 'lost' }

/** Lost goods that turn up go to stock, but are not refunded a second time, because they already were. */
export function find(
  lost: Return,
  returns: readonly Return[],
  counted: readonly Pieces[],
  condition: 'restock' | 'scrap',
  id: string,
): Return | Refused {
  if (lost.condition !== 'lost') return refused('not_lost', 'The goods of this return were not lost.')
  if (!includes(stillLost(lost, returns), counted))
    return refused('not_in_return', 'Not that many pieces of this return are lost.')
  return { id, shipmentId: lost.shipmentId, kind: 'found', status: 'received', lines: counted, condition, of: lost.id }
}

const stillLost = (lost: Return, returns: readonly Return[]): Pieces[] =>
  without(
    lost.lines,
    returns.filter(({ of }) => of === lost.id).flatMap(({ lines }) => lines),
  )

const includes = (pieces: readonly Pieces[], some: readonly Pieces[]) =>
  some.every(({ sku, quantity }) => quantity <= quantityOf(pieces, sku))
