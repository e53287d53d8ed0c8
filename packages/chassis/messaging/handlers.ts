import type { DocketEvent, EventOf, EventType } from '@docket/contract/event.ts'
import { inLifecycleOrder } from '@docket/kafka/classify.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { Database, Tx } from '../database/database.ts'
import { handlingEvents } from '../tracing/tracing.ts'

/**
 * Event type -> what happens. All events of the type that a batch holds, in their order, in the one transaction of the
 * batch. List the types in the order of an order's life: that is the order in which they are handled.
 */
export type Handlers = { [T in EventType]?: (tx: Tx, events: readonly EventOf<T>[]) => Promise<void> }

/** Handles a batch in one transaction. */
export async function handleBatch(db: Database, handlers: Handlers, events: readonly DocketEvent[]): Promise<void> {
  const types = Object.keys(handlers) as EventType[] // the keys of Handlers are event types
  await handlingEvents(events, traces =>
    db.transaction(
      tx =>
        failpoint('handle', async () => {
          for (const [type, some] of inLifecycleOrder(events, types)) await handlerOf(handlers, type)(tx, some)
        }),
      traces,
    ),
  )
}

/** inLifeOrder has put only events of the type into the list, which a type cannot say. */
function handlerOf(handlers: Handlers, type: EventType) {
  return handlers[type] as (tx: Tx, events: readonly DocketEvent[]) => Promise<void>
}
