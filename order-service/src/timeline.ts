import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import type { Pieces } from './order-lines.ts'
import { merged, type Shortage } from './pricing.ts'
import type { RejectionReason } from '@docket/contract/terms.ts'

export interface TimelineEntry {
  at: string
  event: string
  service: string
  detail?: string
  /** The shipment, return, refund or request that it is about. */
  ref?: string
}

/** Why or how it happened, for a person; undefined where the name of the event says it all. */
export function detailOf(event: DocketEvent): string | undefined {
  switch (event.type) {
    case 'stock.rejected':
      return shortagesInWords(event.data.reason, event.data.shortages)
    case 'payment.failed':
      return (event.data.reason ?? 'declined').replaceAll('_', ' ')
    case 'payment.refunded':
      return event.data.reason?.replaceAll('_', ' ')
    case 'payment.refund_failed':
      return event.data.reason.replaceAll('_', ' ')
    case 'shipment.opened':
      return `at ${event.data.location}: ${piecesInWords(event.data.lines)}`
    case 'shipment.shipped':
      return `${event.data.carrier} ${event.data.trackingNumber}`
    case 'shipment.lines_withdrawn':
      return withdrawnInWords(event.data)
    case 'shipment.undeliverable':
    case 'shipment.lost':
      return event.data.detail
    case 'return.requested':
      return `${event.data.kind}: ${piecesInWords(event.data.lines)}`
    case 'return.received':
    case 'return.found':
    case 'stock.returned':
      return event.data.lines.map(({ sku, quantity, condition }) => `${quantity}×${sku} (${condition})`).join(', ')
    default:
      return undefined
  }
}

/**
 * The shipment, return, refund or request that an event is about; undefined where an order has only one event of the
 * type.
 */
export function refOf({ type, data }: DocketEvent): string | undefined {
  if (type === 'payment.refunded') return data.refundId ?? data.orderId // the refund of all has the id of its order
  if ('refundId' in data) return data.refundId
  if ('returnId' in data) return data.returnId
  if ('requestId' in data) return data.requestId
  return 'shipmentId' in data ? data.shipmentId : undefined
}

/** An order that leaves in one shipment has only one event of these types. */
export const isOncePerShipment = (type: EventType) => type === 'shipment.shipped' || type === 'stock.committed'

export const piecesInWords = (pieces: readonly Pieces[]): string =>
  merged(pieces)
    .map(({ sku, quantity }) => `${quantity}×${sku}`)
    .join(', ')

const withdrawnInWords = ({ withdrawn, refused }: { withdrawn: readonly Pieces[]; refused: readonly Pieces[] }) =>
  [
    ...(withdrawn.length > 0 ? [`withdrawn ${piecesInWords(withdrawn)}`] : []),
    ...(refused.length > 0 ? [`refused ${piecesInWords(refused)}`] : []),
  ].join('; ')

const mostNamed = 5 // the others are in the order's shortages, and each step of a timeline would repeat them

export function shortagesInWords(reason: RejectionReason, shortages: readonly Shortage[]): string {
  const named = shortages.slice(0, mostNamed)
  const more = shortages.length > named.length ? ` and ${shortages.length - named.length} more` : ''
  return reason === 'unknown_item'
    ? `unknown item: ${named.map(({ sku }) => sku).join(', ')}${more}`
    : `out of stock: ${named.map(({ sku, requested, available }) => `${sku} (${requested} wanted, ${available} left)`).join(', ')}${more}`
}

/** A CloudEvents source is a URI reference, so it begins with a slash: `/payment-service` -> `payment-service`. */
export const serviceOf = (event: DocketEvent) => event.source.replace(/^\//, '')
