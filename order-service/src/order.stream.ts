import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@docket/chassis/database/database.ts'
import type { StreamEvent } from '@docket/chassis/http/route.ts'
import { isFinal } from '@docket/contract/terms.ts'
import { statusOf } from './order.store.ts'
import { readTimelines, type PositionedEntry } from './timeline.store.ts'

const pollMs = 50 // one query for all streams, whatever replica wrote the step; none without streams

interface Watcher {
  id: string
  since: number
  next(entries: PositionedEntry[]): void
}

const watchersOf = new WeakMap<Database, Set<Watcher>>()

const endings = new Set(['order.completed', 'order.rejected', 'order.cancelled'])

/** The steps of an order after position `since`, as they happen; ends after the step that makes it final. */
export async function* follow(
  db: Database,
  id: string,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let last = since
  for (;;) {
    const status = await statusOf(db.read, id) // read before the steps: a final order has no step to wait for
    const isOver = status === undefined || isFinal(status) // undefined: it was purged
    const entries = await readTimelines(db.read, [{ id, since: last }])
    for (const entry of entries.length > 0 || isOver ? entries : await nextSteps(db, id, last, signal)) {
      yield toStreamEvent(entry)
      last = entry.position
      if (endings.has(entry.event)) return
    }
    if (signal.aborted || isOver) return
  }
}

const toStreamEvent = ({ position, at, event, service, detail }: PositionedEntry): StreamEvent => ({
  id: String(position),
  event,
  data: { at, event, service, ...(detail !== undefined && { detail }) },
})

function nextSteps(db: Database, id: string, since: number, signal: AbortSignal): Promise<PositionedEntry[]> {
  return new Promise(resolve => {
    const watchers = watchersOf.get(db) ?? new Set()
    watchersOf.set(db, watchers)
    const end = () => watcher.next([])
    const watcher: Watcher = {
      id,
      since,
      next(entries) {
        watchers.delete(watcher)
        signal.removeEventListener('abort', end)
        resolve(entries)
      },
    }
    watchers.add(watcher)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    else if (watchers.size === 1) void poll(db, watchers)
  })
}

async function poll(db: Database, watchers: Set<Watcher>): Promise<void> {
  while (watchers.size > 0) {
    await pause(pollMs)
    const asking = [...watchers]
    try {
      const steps = Map.groupBy(await readTimelines(db.read, asking), entry => entry.orderId)
      for (const watcher of asking) {
        const news = steps.get(watcher.id)?.filter(entry => entry.position > watcher.since)
        if (news?.length) watcher.next(news)
      }
    } catch {
      // each queries again by itself, and its stream ends with that error
      for (const watcher of asking) watcher.next([])
    }
  }
}
