import { feed, type FeedItem } from '../client/feed.ts'
import type { OrderSteps } from '../client/generated/answers.ts'
import type { LeadTimes, Order, Reasons, WholeOrder } from '../client/shapes.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import type { Mgmt } from '../mgmt.ts'
import { leadTimesOver, reasonsOver, salesOver, type SalesKey, type SalesReport } from '../orders/reports.ts'
import { orderOf, ordersOf } from '../orders/selection.ts'
import { withParts } from '../orders/whole-order.ts'
import { withCauses } from '../system/diagnosis.ts'
import { vitalsOf, type Vitals } from '../system/system-state.ts'

/** What the board reads, all of it in the session of who started it. */
export interface Sources {
  events(from: Date | { after: string }, signal: AbortSignal): AsyncIterable<FeedItem>
  steps(): Promise<OrderSteps>
  recent(): Promise<Order[]>
  /** Also says why they are stuck. */
  stuck(vitals: Vitals): Promise<Order[]>
  vitals(): Promise<Vitals>
  /** Calls `onMissing` for what a service could not say about it. */
  order(id: string, vitals: Vitals | undefined, onMissing: (text: string) => void): Promise<WholeOrder>
  /** What went over the topics about an order until now. */
  eventsOf(order: Order, signal: AbortSignal): Promise<ShownEvent[]>
  sales(since: string, by: SalesKey): Promise<SalesReport>
  leadTimes(since: string): Promise<LeadTimes['items']>
  reasons(since: string): Promise<Reasons['items']>
}

const mostRecent = 300
const mostStuck = 100
const beforeMs = 60_000 // clocks differ
const afterMs = 10 * 60_000 // compensation and duplicates arrive within this time after the last change

export const sourcesOf = (mgmt: Mgmt): Sources => ({
  events: (from, signal) => feed(mgmt.api, { from }, { signal }),
  steps: () => mgmt.api.get<OrderSteps>('order', '/order-steps'),
  recent: () => ordersOf(mgmt, { limit: mostRecent }),
  stuck: async vitals => withCauses(mgmt, await ordersOf(mgmt, { stuck: true, limit: mostStuck }), vitals),
  vitals: () => vitalsOf(mgmt),
  async order(id, vitals, onMissing) {
    const [order = await orderOf(mgmt, id)] = await withCauses(mgmt, [await orderOf(mgmt, id)], vitals)
    return withParts(mgmt, order, onMissing)
  },
  async eventsOf({ id, createdAt, updatedAt }, signal) {
    const events: ShownEvent[] = []
    const from = new Date(Date.parse(createdAt) - beforeMs)
    const until = new Date(Date.parse(updatedAt) + afterMs)
    for await (const item of feed(mgmt.api, { order: id, from, until, follow: false }, { signal, isWhole: true }))
      if (item.is === 'event') events.push(item.event)
    return events
  },
  sales: (since, by) => salesOver(mgmt, { since }, by),
  leadTimes: since => leadTimesOver(mgmt, { since }),
  reasons: since => reasonsOver(mgmt, { since }),
})
