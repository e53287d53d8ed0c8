import type { DocketEvent, EventOf, EventType } from '@docket/contract/event.ts'
import { inLifecycleOrder } from '@docket/kafka/classify.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { Database, Tx } from '../database/database.ts'
import { handlingEvents } from '../tracing/tracing.ts'
import { withoutPast } from './purge-marks.ts'

/**
 * Event type -> what happens. All events of the type that a batch holds, in their order, in the one transaction of the
 * batch. List the types in the order of an order's life: that is the order in which they are handled. Neighbours that
 * share a handler share one call.
 */
type HandlersAfter<Locked> = {
  [T in EventType]?: (tx: Tx, events: readonly EventOf<T>[], locked: Locked) => Promise<void>
}

export type Batch = { readonly [T in EventType]?: readonly EventOf<T>[] }

type Lock<Locked> = (tx: Tx, batch: Batch) => Promise<Locked>

const lockOf = Symbol('lock')

export type Handlers = HandlersAfter<never> & { readonly [lockOf]?: Lock<unknown> }

/**
 * Handlers of a service that handles several types. `lock` runs once, before the first of them, and locks the rows that
 * the whole batch is about: table by table, each in the order of its keys. Rows that each handler locked for itself
 * would be in an order that depends on the batch, and two replicas would deadlock: docs/decisions/0013. What it returns
 * is given to the handlers.
 */
export const lockingFirst = <Locked>(lock: Lock<Locked>, handlers: HandlersAfter<Locked>): Handlers => ({
  ...handlers,
  [lockOf]: lock,
})

/**
 * For the handlers of a service that is told how far retention has passed. The marks are saved before any handler runs:
 * `withoutPast`.
 */
export const savesMarks = { 'retention.passed': async () => undefined } satisfies HandlersAfter<unknown>

/** Handles a batch in one transaction. Returns the events that were ignored, as retention has passed their orders. */
export async function handleBatch(
  db: Database,
  handlers: Handlers,
  events: readonly DocketEvent[],
): Promise<readonly DocketEvent[]> {
  return handlingEvents(events, traces =>
    db.transaction(tx => failpoint('handle', () => handle(tx, handlers, events)), traces),
  )
}

export async function handle(
  tx: Tx,
  handlers: Handlers,
  events: readonly DocketEvent[],
): Promise<readonly DocketEvent[]> {
  const types = Object.keys(handlers) as EventType[] // the keys of Handlers are event types
  const { open, past } = await withoutPast(tx, events)
  const byType = inLifecycleOrder(open, types)
  const locked = await handlers[lockOf]?.(tx, Object.fromEntries(byType) as Batch)
  for (const [handler, some] of inCalls(handlers, byType)) await handler(tx, some, locked)
  return past
}

type Handler = (tx: Tx, events: readonly DocketEvent[], locked: unknown) => Promise<void>

function inCalls(handlers: Handlers, byType: readonly [EventType, DocketEvent[]][]): [Handler, DocketEvent[]][] {
  const calls: [Handler, DocketEvent[]][] = []
  for (const [type, events] of byType) {
    const handler = handlers[type] as Handler // the list holds only events of the type, which a type cannot say
    const before = calls.at(-1)
    if (before?.[0] === handler) before[1].push(...events)
    else calls.push([handler, [...events]])
  }
  return calls
}
