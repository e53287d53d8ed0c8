import { messageOf } from '@docket/foundation/errors.ts'
import type { WholeOrder } from '../client/shapes.ts'
import { orderOf } from '@docket/contract/event-filter.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { sagaOf } from '../orders/saga.ts'
import type { Html } from './html.ts'
import type { Hub } from './hub.ts'
import { orderEvents, orderFrame, orderPage, orderUnread } from './views/order.ts'
import type { OpenedView } from './views/views.ts'

const againMs = 5_000
const togetherMs = 150 // the events of a step arrive together

/** An order that somebody looks at. It is read again whenever an event of it goes by, and every few seconds. */
export function orderView(hub: Hub, id: string): OpenedView {
  const ending = new AbortController()
  const events = new Map<string, ShownEvent>()
  let order: WholeOrder | undefined
  let trouble: string | undefined
  let missing: readonly string[] = []
  let [version, hasHistory] = [0, false]
  let soon: NodeJS.Timeout | undefined

  async function read(): Promise<void> {
    try {
      const notKnown = new Set<string>()
      order = await hub.sources.order(id, hub.vitals, text => notKnown.add(text))
      missing = [...notKnown]
      trouble = undefined
      if (!hasHistory) {
        hasHistory = true // not twice at a time
        for (const event of await hub.sources.eventsOf(order, ending.signal)) remember(event)
      }
    } catch (error) {
      hasHistory = false // it may be this that failed
      if (!ending.signal.aborted) trouble = messageOf(error)
    }
    version++
  }

  const remember = (event: ShownEvent) => events.set(`${event.topic}/${event.partition}/${event.offset}`, event)
  const forget = hub.listen(event => {
    if (orderOf(event) !== id) return
    remember(event)
    version++
    soon ??= setTimeout(() => {
      soon = undefined
      void read()
    }, togetherMs)
  })
  const timer = setInterval(() => void read(), againMs)
  void read()

  return {
    title: `Order ${id.slice(-12)}`,
    frame: orderFrame,
    version: () => version,
    parts: ({ now }): Record<string, Html> => {
      if (!order) return { order: orderUnread(id, trouble) }
      const list = [...events.values()].toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time))
      return { order: orderPage(order, { saga: sagaOf(order, list), missing, now }), events: orderEvents(list) }
    },
    stop(): void {
      ending.abort()
      clearInterval(timer)
      clearTimeout(soon)
      forget()
    },
  }
}
