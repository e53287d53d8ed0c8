import { messageOf } from '@docket/foundation/errors.ts'
import { pauseUnlessAborted, unlessAborted } from '@docket/foundation/abort.ts'
import { brokerReader, nameOf, TopicsNotReadable, type BrokerReader, type Position } from './broker-reader.ts'
import { kafkaClient, type KafkaSettings } from './client.ts'
import { ownCopyOf } from './fetched-record.ts'
import type { IncomingRecord } from './record-codec.ts'
import { loginRefusal } from './security.ts'
import { inOrder, newestOf, locationOf, resumedAt } from './tail-history.ts'
import { isDeadLetterTopic } from './topics.ts'

export type TailState =
  | { state: 'connecting' }
  /** `positions`: where it stands in each partition. */
  | { state: 'caught-up'; positions: readonly Position[] }
  | { state: 'ready'; topics: string[]; positions: readonly Position[] }
  | { state: 'new-topics'; topics: string[]; positions: readonly Position[] }
  /** They match, but this login may not read them, so they are left out. */
  | { state: 'not-readable'; topics: readonly string[] }
  | { state: 'reconnecting'; reason: string }
  | { state: 'behind'; records: number; ms: number }

export interface TailOptions {
  kafka: KafkaSettings
  /**
   * Names, or which names; also of topics that are created later. Undefined: every topic but dead letters. Never Kafka's
   * own.
   */
  topics?: readonly string[] | ((topic: string) => boolean) | undefined
  from: 'now' | 'beginning' | Date | { last: number } | { positions: readonly Position[] }
  /** Without `follow`: nothing from this time on, ms since 1970. */
  until?: number | undefined
  /** Which records are handed over; all, when undefined. */
  wanted?: ((record: IncomingRecord) => boolean) | undefined
  /** Otherwise it ends after the records that existed when it began. */
  follow: boolean
  pace?: Pace | undefined
  onRecord(record: IncomingRecord): void | Promise<void>
  onPause?(): void | Promise<void>
  onState(state: TailState): void
  signal: AbortSignal
}

/** What following costs, and how late it is. */
export interface Pace {
  /** A broker holds a request without records for so long, so that waiting costs little. */
  waitMs: number
  /** The pause between two requests: more records come with each. */
  pauseMs: number
}

const waitMs = 500
const unpaced: Pace = { waitMs, pauseMs: 0 }
const lookForTopicsMs = 1_500
const bytesPerPartition = 128 * 1024 // bounds memory: partitions times this
// without any broker for this long, it gives up: moving one to another machine takes minutes
const patienceMs = 300_000
const startMs = 4_000 // if there never was one; a new topic may have no leader for a moment

/**
 * Follows topics as an observer: it joins no consumer group, commits nothing and leaves nothing behind. After a broker
 * was unavailable, each partition continues where it stopped, so nothing is missed or duplicated.
 */
export async function tail(options: TailOptions): Promise<void> {
  const positions = new Map<string, Position>()
  const notReadable = new Set<string>()
  const progress = { started: false, caughtUp: false, lastResponseMs: performance.now(), told: 0, notReadable }
  while (!options.signal.aborted) {
    let reader: BrokerReader | undefined
    try {
      if (!progress.started) options.onState({ state: 'connecting' })
      reader = await brokerReader(kafkaClient(options.kafka))
      await run(reader, positions, progress, options)
      return
    } catch (error) {
      if (options.signal.aborted || error instanceof Rejected) return throwUnlessEnded(error, options.signal)
      if (loginRefusal(error) !== undefined) throw error // a retry would be rejected again
      if (error instanceof TopicsNotReadable) {
        if (error.topics.some(topic => isNamed(topic, options))) throw error
        for (const topic of error.topics) notReadable.add(topic)
        options.onState({ state: 'not-readable', topics: error.topics })
        continue
      }
      const reason = messageOf(error)
      if (performance.now() - progress.lastResponseMs > (progress.started ? patienceMs : startMs))
        throw new Error(`Kafka at ${options.kafka.brokers.join(', ')} cannot be reached: ${reason}`, { cause: error })
      if (progress.started) options.onState({ state: 'reconnecting', reason })
      await pauseUnlessAborted(500, options.signal)
    } finally {
      await reader?.close().catch(() => undefined) // a broken reader may fail to close, which does no harm
    }
  }
}

const isNamed = (topic: string, { topics }: TailOptions) => typeof topics === 'object' && topics.includes(topic)

class Rejected extends Error {}

function throwUnlessEnded(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error instanceof Rejected ? error.cause : error
}

interface Progress {
  started: boolean
  caughtUp: boolean
  lastResponseMs: number
  told: number
  notReadable: ReadonlySet<string>
}

interface RecordHandler {
  record(record: IncomingRecord): Promise<void>
  pause(): Promise<void>
}

const handlerFailed = (error: unknown) => new Rejected('the record handler failed', { cause: error })

async function run(
  reader: BrokerReader,
  positions: Map<string, Position>,
  progress: Progress,
  options: TailOptions,
): Promise<void> {
  const ends = await discover(reader, positions, progress.started ? 'beginning' : options.from, progress, options)
  const wanted = options.wanted ?? (() => true)
  const handler: RecordHandler = {
    async record(record) {
      try {
        if (wanted(record)) await options.onRecord(record)
      } catch (error) {
        throw handlerFailed(error)
      }
      const position = positions.get(nameOf(record))
      // the last ones of the past are sorted by time
      if (position) position.next = Math.max(position.next, Number(record.offset) + 1)
    },
    async pause() {
      try {
        await options.onPause?.()
      } catch (error) {
        throw handlerFailed(error)
      }
    },
  }
  const behind = progress.caughtUp ? remaining(positions, ends) : 0 // what arrived while the connection was lost
  if (!progress.caughtUp) {
    if (!progress.started)
      options.onState({
        state: 'ready',
        topics: [...new Set([...positions.values()].map(position => position.topic))],
        positions: copied(positions),
      })
    progress.started = true
    if (typeof options.from === 'object' && 'last' in options.from)
      await newest(reader, positions, ends, options.from.last, wanted, handler, progress, options)
    else await catchUp(reader, positions, ends, handler, progress, options)
    progress.caughtUp = true
  }
  if (behind === 0) options.onState({ state: 'caught-up', positions: copied(positions) })
  if (options.follow) await follow(reader, positions, handler, progress, options, behind > 0)
}

const copied = (positions: ReadonlyMap<string, Position>) => [...positions.values()].map(position => ({ ...position }))

async function discover(
  reader: BrokerReader,
  positions: Map<string, Position>,
  from: TailOptions['from'],
  { notReadable }: Progress,
  { topics, follow, until }: TailOptions,
): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  const known = new Map(
    typeof from === 'object' && 'positions' in from ? from.positions.map(one => [nameOf(one), one.next]) : [],
  )
  const isFollowed =
    typeof topics === 'function' ? topics : (topic: string) => topics?.includes(topic) ?? !isDeadLetterTopic(topic)
  const startOf = (name: string, first: number, end: number) => {
    const next = known.get(name) ?? first
    return until === undefined ? resumedAt(next, first, end) : Math.max(next, first) // it may be behind that time
  }
  const followed = new Map(
    [...(await reader.topics())].filter(([topic]) => isFollowed(topic) && !notReadable.has(topic)),
  )
  const lasts = await reader.offsetsOf(followed, follow || until === undefined ? 'end' : until)
  const firsts = await reader.offsetsOf(followed, from instanceof Date ? from.getTime() : 'first')
  for (const [topic, partitions] of followed) {
    for (let partition = 0; partition < partitions; partition++) {
      const name = nameOf({ topic, partition })
      const [first, end] = [firsts.get(topic)?.[partition] ?? 0, lasts.get(topic)?.[partition] ?? 0]
      const position = positions.get(name)
      ends.set(name, end)
      if (!position) positions.set(name, { topic, partition, next: from === 'now' ? end : startOf(name, first, end) })
      else if (from === 'beginning') position.next = resumedAt(position.next, first, end)
    }
  }
  for (const name of positions.keys()) if (!ends.has(name)) positions.delete(name)
  return ends
}

async function newest(
  reader: BrokerReader,
  positions: Map<string, Position>,
  ends: Map<string, number>,
  last: number,
  wanted: (record: IncomingRecord) => boolean,
  handler: RecordHandler,
  progress: Progress,
  { signal }: TailOptions,
): Promise<void> {
  const firsts = new Map([...positions].map(([name, { next }]) => [name, next]))
  const fetch = async (some: Position[]) => {
    const { records, nexts } = await unlessAborted(reader.fetch(some, waitMs, bytesPerPartition), signal)
    progress.lastResponseMs = performance.now()
    const keep = (record: IncomingRecord) => (wanted(record) ? ownCopyOf(record) : undefined)
    return { records: records.map(record => ({ ...locationOf(record), kept: keep(record) })), nexts }
  }
  const records = await newestOf(
    [...positions].map(([name, { topic, partition }]) => ({
      topic,
      partition,
      first: firsts.get(name) ?? 0,
      end: ends.get(name) ?? 0,
    })),
    last,
    ({ kept }) => kept !== undefined,
    fetch,
  )
  for (const [name, position] of positions) position.next = ends.get(name) ?? position.next
  for (const { kept } of records) if (kept) await handler.record(kept)
  await handler.pause()
}

async function catchUp(
  reader: BrokerReader,
  positions: Map<string, Position>,
  ends: Map<string, number>,
  handler: RecordHandler,
  progress: Progress,
  options: TailOptions,
): Promise<void> {
  const waiting = new Map<string, IncomingRecord[]>()
  const fetched = new Map([...positions].map(([name, position]) => [name, position.next]))
  const hasMore = (name: string) => (fetched.get(name) ?? 0) < (ends.get(name) ?? 0)
  for (;;) {
    options.signal.throwIfAborted()
    const hungry = [...positions].filter(([name]) => hasMore(name) && !waiting.get(name)?.length)
    if (hungry.length === 0) {
      if (!(await inOrder(waiting, hasMore, handler.record))) {
        for (const [name, position] of positions) position.next = Math.max(position.next, fetched.get(name) ?? 0)
        return
      }
      await handler.pause()
      continue
    }
    const { records, nexts } = await unlessAborted(
      reader.fetch(
        hungry.map(([name, position]) => ({ ...position, next: fetched.get(name) ?? 0 })),
        waitMs,
        bytesPerPartition,
      ),
      options.signal,
    )
    progress.lastResponseMs = performance.now()
    for (const [name, some] of Map.groupBy(records, nameOf)) waiting.set(name, some)
    for (const [name, next] of nexts) fetched.set(name, next) // behind what was aborted, too
    // nothing is left before the end when no partition returns anything
    for (const [name] of nexts.size === 0 ? hungry : []) fetched.set(name, ends.get(name) ?? 0)
    tellLag(records, positions, ends, progress, options)
  }
}

async function follow(
  reader: BrokerReader,
  positions: Map<string, Position>,
  handler: RecordHandler,
  progress: Progress,
  options: TailOptions,
  isBehind: boolean,
): Promise<void> {
  const { waitMs: heldMs, pauseMs } = options.pace ?? unpaced
  let looked = performance.now()
  let behind = isBehind
  while (!options.signal.aborted) {
    if (performance.now() - looked > lookForTopicsMs) {
      await lookForTopics(reader, positions, progress, options)
      looked = performance.now()
    }
    if (positions.size === 0) {
      await pauseUnlessAborted(waitMs, options.signal)
      progress.lastResponseMs = performance.now()
      continue
    }
    const { records, ends, nexts } = await unlessAborted(
      reader.fetch([...positions.values()], heldMs, bytesPerPartition),
      options.signal,
    )
    progress.lastResponseMs = performance.now()
    // each partition keeps its own order even if a clock went back
    await inOrder(Map.groupBy(records, nameOf), () => false, handler.record)
    for (const [name, position] of positions) position.next = Math.max(position.next, nexts.get(name) ?? 0)
    await handler.pause()
    const told = tellLag(records, positions, ends, progress, options)
    if (behind && !told && remaining(positions, ends) === 0)
      options.onState({ state: 'caught-up', positions: copied(positions) })
    behind = told || (behind && remaining(positions, ends) > 0)
    if (pauseMs > 0) await pauseUnlessAborted(pauseMs, options.signal)
  }
}

async function lookForTopics(
  reader: BrokerReader,
  positions: Map<string, Position>,
  progress: Progress,
  options: TailOptions,
): Promise<void> {
  const known = new Set([...positions.values()].map(({ topic }) => topic))
  await discover(reader, positions, 'beginning', progress, options)
  const fresh = new Set([...positions.values()].map(({ topic }) => topic).filter(topic => !known.has(topic)))
  if (fresh.size > 0) options.onState({ state: 'new-topics', topics: [...fresh], positions: copied(positions) })
}

const remaining = (positions: Map<string, Position>, ends: Map<string, number>) =>
  [...positions].reduce((sum, [name, { next }]) => sum + Math.max(0, (ends.get(name) ?? 0) - next), 0)

const tellEveryMs = 1_000
const worthTelling = 500 // records; fewer arrive before anyone can read the line

function tellLag(
  records: readonly IncomingRecord[],
  positions: Map<string, Position>,
  ends: Map<string, number>,
  progress: Progress,
  { onState }: TailOptions,
): boolean {
  const now = performance.now()
  if (progress.told === 0) progress.told = now // a tail that catches up within a second reports nothing
  if (now - progress.told < tellEveryMs || records.length === 0) return false
  const left = remaining(positions, ends)
  if (left < worthTelling) return false
  progress.told = now
  onState({
    state: 'behind',
    records: left,
    ms: Math.max(0, Date.now() - Math.min(...records.map(({ timestamp }) => Number(timestamp)))),
  })
  return true
}
