import type { Database } from '@docket/chassis/database/database.ts'
import type { StreamEvent } from '@docket/chassis/http/route.ts'
import { sharedPoll } from '@docket/foundation/shared-poll.ts'
import { isFinal } from '@docket/contract/terms.ts'
import { statusOf } from './order.store.ts'
import { readTimelines, type PositionedEntry } from './timeline.store.ts'

const pollMs = 50 // one query for all streams, as any replica may write a step; none without streams

interface Position {
  id: string
  since: number
}

const endings = new Set(['order.completed', 'order.rejected', 'order.cancelled'])

/** The steps of an order after position `since`, as they happen. Ends after the step that makes the order final. */
export async function* follow(
  db: Database,
  id: string,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let last = since
  for (;;) {
    const status = await statusOf(db.read, id) // read before the steps, because a final order has no further ones
    const isOver = status === undefined || isFinal(status) // undefined: it was purged
    const entries = await readTimelines(db.read, [{ id, since: last }])
    for (const entry of entries.length > 0 || isOver
      ? entries
      : ((await nextSteps(db)({ id, since: last }, signal)) ?? [])) {
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

/** Returns none when the caller should check the order's status again, because a final order has no further steps. */
const nextSteps = sharedPoll(pollMs, async (db: Database, streams: readonly Position[]) => {
  try {
    const steps = Map.groupBy(await readTimelines(db.read, streams), entry => entry.orderId)
    return ({ id, since }) => {
      const news = steps.get(id)?.filter(entry => entry.position > since) ?? []
      return news.length > 0 ? news : undefined
    }
  } catch {
    return () => [] // each stream queries again by itself, and ends with that error
  }
})
