import type { DocketEvent } from './event.ts'
import { isFinal, type OrderStatus } from './terms.ts'

// Which step an order waits for. Services and mgmt know an order from different sources: its row and timeline, counts in
// SQL, or the topics alone. Each tells what it knows as a Standing, and the rule stands here, once.

/** In the order in which an order goes through them; the last two come beside that, and may follow its end. */
export const steps = {
  reservation: { service: 'inventory-service', step: 'the reservation of stock' },
  charge: { service: 'payment-service', step: 'the charge' },
  acceptance: { service: 'order-service', step: 'its acceptance' },
  shipment: { service: 'shipping-service', step: 'the shipment' },
  handover: { service: 'shipping-service', step: 'people to hand over a shipment' },
  departure: { service: 'inventory-service', step: 'the reserved stock to leave' },
  ending: { service: 'order-service', step: 'its completion, rejection or cancellation' },
  withdrawal: { service: 'shipping-service', step: 'the answer to a cancel request' },
  return: { service: 'inventory-service', step: 'the returned goods to be counted as shipped' },
} as const

export type StepName = keyof typeof steps
export const stepNames = Object.keys(steps) as StepName[]

/** Which events begin and end each step; `byRef`: of one shipment, return or request. */
export const passages: readonly {
  name: StepName
  begins: readonly DocketEvent['type'][]
  ends: readonly DocketEvent['type'][]
  byRef?: true
}[] = [
  { name: 'reservation', begins: ['order.created'], ends: ['stock.reserved', 'stock.rejected'] },
  { name: 'charge', begins: ['stock.reserved'], ends: ['payment.succeeded', 'payment.failed'] },
  { name: 'acceptance', begins: ['payment.succeeded'], ends: ['order.accepted'] },
  { name: 'shipment', begins: ['order.accepted'], ends: ['shipment.shipped'] },
  { name: 'handover', begins: ['shipment.opened'], ends: ['shipment.shipped'], byRef: true },
  { name: 'departure', begins: ['shipment.shipped'], ends: ['stock.committed'], byRef: true },
  {
    name: 'ending',
    begins: ['stock.committed', 'stock.rejected', 'payment.failed'],
    ends: ['order.completed', 'order.rejected', 'order.cancelled'],
  },
  { name: 'withdrawal', begins: ['order.cancel_requested'], ends: ['shipment.lines_withdrawn'], byRef: true },
  { name: 'return', begins: ['return.received'], ends: ['order.lines_returned'], byRef: true },
]

/** The step that an order waits for, whose it is, and in words. */
export interface Waiting {
  name: StepName
  service: (typeof steps)[StepName]['service']
  step: string
}

export interface Standing {
  status: OrderStatus
  isReserved: boolean
  isPaid: boolean
  /** Stock or payment were refused, and order-service has not ended the order yet. */
  isRefused: boolean
  /** A shipment has left that inventory-service has not counted. */
  isInTransit: boolean
  /** None of its pieces is open any more. */
  isAllGone: boolean
  /** A shipment waits for people. */
  isManual: boolean
  /** Shipping-service has not answered a cancel request. */
  hasOpenRequest: boolean
  /** Goods came back that are not known to be shipped. */
  keepsReturn: boolean
}

/** Undefined for an order that waits for nothing. */
export function waitingFor(order: Standing): Waiting | undefined {
  const name = stepOf(order)
  return name && { name, ...steps[name] }
}

function stepOf(order: Standing): StepName | undefined {
  if (order.hasOpenRequest) return 'withdrawal'
  if (order.keepsReturn) return 'return'
  if (isFinal(order.status)) return undefined
  if (order.isRefused) return 'ending'
  if (order.status === 'pending') {
    if (order.isPaid) return 'acceptance' // only reserved stock is charged, so stock.reserved has been published too
    return order.isReserved ? 'charge' : 'reservation'
  }
  if (order.isAllGone) return 'ending'
  if (order.isManual) return 'handover'
  return order.isInTransit ? 'departure' : 'shipment'
}

/** What is needed of an event of the topics or an entry of a timeline. */
export interface Happened {
  type: string
  /** The shipment, return or request that it is about. */
  ref?: string | undefined
  /** How many pieces it is about; 0 where that is not known. */
  pieces?: number | undefined
}

/** What the data of an event says; it need not be valid. */
export function happenedIn(type: string, data: unknown): Happened {
  const { requestId, returnId, shipmentId, lines, withdrawn } = (data ?? {}) as Partial<Record<string, unknown>>
  const ref = returnId ?? requestId ?? shipmentId
  return { type, ...(typeof ref === 'string' && { ref }), pieces: piecesIn(withdrawn ?? lines) }
}

const piecesIn = (lines: unknown): number =>
  Array.isArray(lines) ? lines.reduce((sum, line) => sum + (Number(line?.quantity) || 0), 0) : 0

type About = { [T in DocketEvent['type']]?: true }

const afterAcceptance: ReadonlySet<string> = new Set(
  Object.keys({
    'order.accepted': true,
    'shipment.opened': true,
    'shipment.shipped': true,
    'stock.committed': true,
    'order.cancel_requested': true,
    'order.lines_cancelled': true,
    'order.lines_returned': true,
    'return.received': true,
  } satisfies About),
)

/**
 * From the events of an order, in any order, with duplicates. When only some are known, as after a tail that began in
 * the middle, they say what must have come before. `status` is that of its row, if there is one.
 */
export function standingOf(events: Iterable<Happened>, status?: OrderStatus): Standing {
  const refs = new Map<string, Map<string, number>>()
  for (const { type, ref = '', pieces = 0 } of events) {
    const known = refs.get(type) ?? new Map<string, number>()
    refs.set(type, known.set(ref, Math.max(pieces, known.get(ref) ?? 0)))
  }
  const of = (type: DocketEvent['type']): ReadonlyMap<string, number> => refs.get(type) ?? nothing
  const has = (type: DocketEvent['type']) => refs.has(type)
  const isWithout = (first: DocketEvent['type'], answer: DocketEvent['type']) =>
    [...of(first).keys()].some(ref => !of(answer).has(ref))
  const [ordered, gone] = [
    piecesOf(of('order.created')),
    piecesOf(of('stock.committed'), of('shipment.lines_withdrawn')),
  ]
  const reached = status ?? statusIn(refs)
  return {
    status: reached,
    isReserved: has('stock.reserved'),
    isPaid: has('payment.succeeded'),
    isRefused: reached === 'pending' && (has('stock.rejected') || has('payment.failed')),
    isInTransit: of('shipment.shipped').size > of('stock.committed').size,
    isAllGone:
      ordered > 0 ? gone >= ordered : has('stock.committed') && !isWithout('shipment.opened', 'shipment.shipped'),
    isManual: isWithout('shipment.opened', 'shipment.shipped'),
    hasOpenRequest: isWithout('order.cancel_requested', 'shipment.lines_withdrawn'),
    keepsReturn:
      (reached === 'accepted' || reached === 'completed') && isWithout('return.received', 'order.lines_returned'),
  }
}

interface Known {
  status: OrderStatus
  /** How many of its pieces are open, as a timeline does not count pieces. */
  openPieces: number
  timeline: readonly { event: string; ref?: string | undefined }[]
  /** Events on the topics that order-service may not have consumed. */
  ahead?: readonly Happened[]
}

/** From what order-service knows of an order. */
export function standingFrom({ status, openPieces, timeline, ahead = [] }: Known): Standing {
  const isKnown = ({ type, ref = '' }: Happened) =>
    timeline.some(known => known.event === type && [ref, ''].includes(known.ref ?? ''))
  const known = timeline.map(({ event, ref }) => ({ type: event, ref }))
  const open = { type: 'order.created', pieces: openPieces }
  return standingOf([open, ...known, ...ahead.filter(one => !isKnown(one))], status)
}

const nothing: ReadonlyMap<string, number> = new Map()

const piecesOf = (...events: readonly ReadonlyMap<string, number>[]) =>
  events.reduce((sum, refs) => [...refs.values()].reduce((all, one) => all + one, sum), 0)

function statusIn(events: ReadonlyMap<string, unknown>): OrderStatus {
  for (const status of ['cancelled', 'rejected', 'completed'] as const) if (events.has(`order.${status}`)) return status
  return [...events.keys()].some(type => afterAcceptance.has(type)) ? 'accepted' : 'pending'
}
