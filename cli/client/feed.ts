import type { IncomingMessage } from 'node:http'
import type { ShownEvent } from '@docket/contract/shown-event.ts'
import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { doublingMs } from '@docket/foundation/backoff.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { exit, Failure } from '../failure.ts'
import type { Api } from './api.ts'
import { serverSentEvents } from './server-sent-events.ts'

// Every event of the system, masked, from `GET /events` of order-service: docs/feed.md.

export interface FeedQuery {
  /** Names, in which * stands for any letters and ? for one; by default every topic but dead letters. */
  topics?: readonly string[] | undefined
  types?: readonly string[] | undefined
  /** An id, or its end. */
  order?: string | undefined
  customer?: string | undefined
  skus?: readonly string[] | undefined
  /** Regular expressions without look-around and back references; one must match what is shown. */
  include?: readonly string[] | undefined
  exclude?: readonly string[] | undefined
  /** Default: now. `after` is the `at` of an item: what came behind it follows, each event once. */
  from?: 'now' | 'beginning' | Date | { last: number } | { after: string } | undefined
  until?: Date | undefined
  /** False: it ends with what there is now. */
  follow?: boolean | undefined
  /** Shows personal data, to operators; that they asked is recorded first. Payment data are never shown. */
  personal?: boolean | undefined
}

/** `at` is where the feed stands behind the item, in all partitions. */
export type FeedItem =
  | { is: 'event'; at: string; event: ShownEvent }
  /** We were slower than the flow, so what came between the two was left out. */
  | { is: 'gap'; at: string; from: string; to: string }
  /** What follows has just happened. */
  | { is: 'caught-up'; at: string }
  /** Nothing arrives until the next `connected`; nothing is lost or repeated by that. */
  | { is: 'lost'; reason: string }
  | { is: 'connected' }
  /** Nothing more has arrived yet: time to draw. */
  | { is: 'pause' }

export interface FeedOptions {
  signal: AbortSignal
  /** Fetches what a gap left out, instead of reporting it. */
  isWhole?: boolean
}

const silentMs = 2_000 // the service sends something every second
const patienceMs = 300_000 // without any connection for this long, it gives up: a move to another machine takes minutes
const backoff = { firstMs: 100, longestMs: 2_000 }

/** Ends when the query does, or rejects when the signal is aborted. A lost connection is made anew. */
export async function* feed(
  api: Pick<Api, 'stream'>,
  query: FeedQuery,
  { signal, isWhole = false }: FeedOptions,
): AsyncGenerator<FeedItem> {
  let at = typeof query.from === 'object' && 'after' in query.from ? query.from.after : undefined
  const path = `/events${searchOf(query)}`
  for (let [failures, since] = [0, Date.now()]; ;) {
    const line = new AbortController()
    const silence = { timer: undefined as NodeJS.Timeout | undefined }
    let reason = 'the connection ended'
    try {
      const stream = await api.stream(path, at, AbortSignal.any([signal, line.signal]))
      yield { is: 'connected' }
      for await (const { id, event, data, hasMore } of serverSentEvents(watched(stream, silence, line))) {
        failures = 0
        since = Date.now()
        if (event === 'end') return
        if (event === 'gap' && isWhole) break // `at` is in front of it
        at = id ?? at
        const item = itemOf(event, data, at)
        if (item) yield item
        if (!hasMore) yield { is: 'pause' }
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isLost(error, line.signal) || (at === undefined && failures === 0)) throw error
      if (Date.now() - since > patienceMs) throw error
      reason = line.signal.aborted ? `silent for ${silentMs / 1_000} s` : messageOf(error)
    } finally {
      clearTimeout(silence.timer)
      line.abort()
    }
    yield { is: 'lost', reason }
    await pauseOrAbort(doublingMs(++failures, backoff), signal)
  }
}

const isLost = (error: unknown, line: AbortSignal) =>
  line.aborted || !(error instanceof Failure) || error.status === exit.unreachable

/** Each chunk puts the end of the line off. */
async function* watched(
  stream: IncomingMessage,
  silence: { timer: NodeJS.Timeout | undefined },
  line: AbortController,
): AsyncGenerator<Buffer> {
  const listen = () => {
    clearTimeout(silence.timer)
    silence.timer = setTimeout(() => line.abort(), silentMs)
  }
  listen()
  for await (const chunk of stream) {
    clearTimeout(silence.timer) // while it is worked on, nobody listens
    yield chunk as Buffer
    listen()
  }
}

function itemOf(event: string | undefined, data: string | undefined, at = ''): FeedItem | undefined {
  if (event === undefined || data === undefined) return undefined // it tells the position only
  switch (event) {
    case 'event':
      return { is: 'event', at, event: JSON.parse(data) as ShownEvent } // as order-service promises
    case 'gap':
      return { is: 'gap', at, ...(JSON.parse(data) as { from: string; to: string }) }
    case 'caught-up':
      return { is: 'caught-up', at }
    case 'trouble':
      return { is: 'lost', reason: (JSON.parse(data) as { reason: string }).reason }
    case 'recovered':
      return { is: 'connected' }
    default:
      return undefined // of a later release
  }
}

function searchOf({
  topics,
  types,
  order,
  customer,
  skus,
  include,
  exclude,
  from,
  until,
  follow,
  personal,
}: FeedQuery) {
  const search = new URLSearchParams()
  const all = { topic: topics, type: types, sku: skus, include, exclude }
  for (const [name, values = []] of Object.entries(all)) for (const value of values) search.append(name, value)
  const begins = from instanceof Date ? from.toISOString() : typeof from === 'string' ? from : undefined
  const last = typeof from === 'object' && 'last' in from ? String(from.last) : undefined
  const single = { order, customer, from: begins, last, until: until?.toISOString() }
  for (const [name, value] of Object.entries(single)) if (value !== undefined) search.append(name, value)
  if (follow === false) search.append('follow', 'false')
  if (personal) search.append('personal', 'true')
  return search.size > 0 ? `?${search}` : ''
}
