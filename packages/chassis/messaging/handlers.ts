import type { DocketEvent, EventOf, EventType } from '@docket/contract/event.ts'
import { inLifecycleOrder } from '@docket/kafka/classify.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { Database, Tx } from '../database/database.ts'
import { handlingEvents } from '../tracing/tracing.ts'
import { withoutPast } from './purge-marks.ts'

/**
 * Event type -> what happens. A handler gets all events of its type in a batch, in order, in the one transaction of the
 * batch. Types are handled in the order in which they are listed, so list them in the order of an order's life.
 * Neighbours that share a handler share one call.
 */
type HandlersAfter<Locked> = {
  [T in EventType]?: (tx: Tx, events: readonly EventOf<T>[], locked: Locked) => Promise<void>
}

export type Batch = { readonly [T in EventType]?: readonly EventOf<T>[] }

type Lock<Locked> = (tx: Tx, batch: Batch) => Promise<Locked>

const lockOf = Symbol('lock')
const unhurried = Symbol('unhurried')

export type Handlers = HandlersAfter<never> & { readonly [lockOf]?: Lock<unknown> }

/**
 * Handlers of a service that handles several types. `lock` runs once, before the first handler, and locks the rows of
 * the whole batch: table by table, each in the order of its keys. If each handler locked its own rows, the order would
 * depend on the batch, and two replicas would deadlock: docs/decisions/0013. Its result is passed to the handlers.
 */
export const lockingFirst = <Locked>(lock: Lock<Locked>, handlers: HandlersAfter<Locked>): Handlers => ({
  ...handlers,
  [lockOf]: lock,
})

/**
 * A handler of events for which nothing waits but a reader, such as those of a timeline. They are handled with the next
 * others, a tenth of a second later at most, so that they need no transaction of their own.
 */
export const canWait = <Args extends unknown[]>(handler: (...args: Args) => Promise<void>) =>
  Object.assign((...args: Args) => handler(...args), { [unhurried]: true })

export const typesThatCanWait = (handlers: Handlers): EventType[] =>
  (Object.keys(handlers) as EventType[]).filter(type => unhurried in (handlers[type] as object))

/**
 * For services that consume the purge marks: `withoutPast` saves them before any handler runs, so nothing is left to
 * do.
 */
export const savesMarks = { 'retention.passed': canWait(async () => undefined) } satisfies HandlersAfter<unknown>

/**
 * One transaction, so that a crash handles all of the batch or none of it. Returns events of orders that retention has
 * passed.
 */
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
    const handler = handlers[type] as Handler // the list holds events of this type, which types cannot say
    const before = calls.at(-1)
    if (before?.[0] === handler) before[1].push(...events)
    else calls.push([handler, [...events]])
  }
  return calls
}
