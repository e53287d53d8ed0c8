import type { DocketEvent } from '@docket/contract/event.ts'
import type { Shortage } from './pricing.ts'

/** One step of an order. */
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

export function shortagesInWords(reason: 'out_of_stock' | 'unknown_item', shortages: readonly Shortage[]): string {
  return reason === 'unknown_item'
    ? `unknown item: ${shortages.map(({ sku }) => sku).join(', ')}`
    : `out of stock: ${shortages.map(({ sku, requested, available }) => `${sku} (${requested} wanted, ${available} left)`).join(', ')}`
}

/** `/payment-service` -> `payment-service` */
export const serviceOf = (event: DocketEvent) => event.source.replace(/^\//, '')
