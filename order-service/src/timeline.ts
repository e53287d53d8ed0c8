import type { DocketEvent } from '@docket/contract/event.ts'
import type { Shortage } from './pricing.ts'
import type { RejectionReason } from '@docket/contract/terms.ts'

export interface TimelineEntry {
  at: string
  event: string
  service: string
  detail?: string
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
    case 'shipment.shipped':
      return `${event.data.carrier} ${event.data.trackingNumber}`
    default:
      return undefined
  }
}

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
