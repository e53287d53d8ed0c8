import type { Database } from '@docket/chassis/database/database.ts'
import type { FeedItem } from '@docket/chassis/feed/feed.ts'
import type { StreamEvent } from '@docket/chassis/http/route.ts'
import { orderOf, type KnownOrders } from '@docket/contract/event-filter.ts'
import type { ShownEvent } from '@docket/contract/shown-event.ts'
import { readOrderFacts, type OrderFacts } from './feed.store.ts'

export async function* sentItems(items: AsyncIterable<FeedItem>): AsyncGenerator<StreamEvent> {
  for await (const item of items) yield sent(item)
}

function sent(item: FeedItem): StreamEvent {
  switch (item.is) {
    case 'event':
      return item
    case 'position':
      return { id: item.id }
    case 'gap':
      return { id: item.id, event: 'gap', data: { from: item.from, to: item.id } }
    case 'trouble':
      return { event: 'trouble', data: { reason: item.reason } }
    case 'recovered':
      return { event: 'recovered', data: {} }
    case 'caught-up':
    case 'end':
      return { id: item.id, event: item.is, data: {} }
  }
}

const mostRemembered = 20_000 // orders

/** What is known of orders, for all readers: looked up once, as it never changes. */
export function orderFacts() {
  const known = new Map<string, OrderFacts>()
  return {
    of: (orderId: string): OrderFacts | undefined => known.get(orderId),
    async look(db: Database, events: readonly ShownEvent[]): Promise<void> {
      const ids = new Set(events.map(orderOf).filter(id => id !== undefined && !known.has(id)) as string[])
      if (ids.size === 0) return
      for (const [id, facts] of await readOrderFacts(db.read, [...ids])) known.set(id, facts)
      for (const id of known.keys()) {
        if (known.size <= mostRemembered) return
        known.delete(id)
      }
    },
  }
}

/** The orders of a customer and with items that a filter names, by what the database knows. */
export const ordersAbout = (
  facts: Pick<ReturnType<typeof orderFacts>, 'of'>,
  customer: string | undefined,
  skus: readonly string[] | undefined,
): KnownOrders => ({
  has(id) {
    const order = facts.of(id)
    return (
      order !== undefined &&
      (customer === undefined || order.customerId === customer) &&
      (skus === undefined || skus.some(sku => order.skus.has(sku)))
    )
  },
  add: () => undefined, // it is known already
})
