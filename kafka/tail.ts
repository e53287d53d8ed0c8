import { setTimeout as pause } from 'node:timers/promises'
import { brokerReader, type BrokerReader, type Position } from './broker-reader.ts'
import { kafkaClient, type KafkaSettings } from './client.ts'
import type { IncomingRecord } from './record.ts'
import { isDeadLetterTopic } from './topics.ts'

export type TailState =
  | { state: 'connecting' | 'caught-up' }
  | { state: 'ready'; topics: string[] }
  | { state: 'reconnecting'; reason: string }

export interface TailOptions {
  kafka: KafkaSettings
  /** Undefined: every topic but dead letters and Kafka's own, also those that are created later. */
  topics?: readonly string[] | undefined
  /** Where to begin: now, with the first record there is, with the first since a time, or with the last `last` records. */
  from: 'now' | 'beginning' | Date | { last: number }
  /** Goes on with what comes; otherwise ends with what was there when it began. */
  follow: boolean
  /** Called for each record, in the order of time as far as there is one. Its promise is waited for. */
  onRecord(record: IncomingRecord): void | Promise<void>
  onState(state: TailState): void
  signal: AbortSignal
}

const waitMs = 500 // how long a broker may hold a request that has nothing to give
const lookForTopicsMs = 1_500
const bytesPerPartition = 64 * 1024 // bounds what is held in memory: partitions times this
const patienceMs = 60_000 // without any broker for so long: give up
const startMs = 4_000 // and when there never was one; a topic that was just made may have no leader for a moment

/**
 * Follows topics as an observer: it joins no consumer group, commits nothing and leaves nothing behind. A broker that
 * goes away is come back to, where each partition was left: nothing is missed, nothing comes twice.
 */
export async function tail(options: TailOptions): Promise<void> {
  const positions = new Map<string, Position>()
  const progress = { started: false, caughtUp: false, lastHeard: Date.now() }
  while (!options.signal.aborted) {
    let reader: BrokerReader | undefined
    try {
      if (!progress.started) options.onState({ state: 'connecting' })
      reader = await brokerReader(kafkaClient(options.kafka))
      await run(reader, positions, progress, options)
      return
    } catch (error) {
      if (options.signal.aborted || error instanceof Rejected) throwUnlessEnded(error, options.signal)
      const reason = error instanceof Error ? error.message : String(error)
      if (Date.now() - progress.lastHeard > (progress.started ? patienceMs : startMs)) throw new Error(`Kafka at ${options.kafka.brokers.join(', ')} cannot be reached: ${reason}`, { cause: error })
      if (progress.started) options.onState({ state: 'reconnecting', reason })
      await pause(500, undefined, { signal: options.signal }).catch(() => undefined) // aborted: the loop ends
    } finally {
      await reader?.close().catch(() => undefined) // what is gone needs no closing
    }
  }
}

/** The reader of the records failed, not the connection. */
class Rejected extends Error {}

function throwUnlessEnded(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error instanceof Rejected ? error.cause : error
}

interface Progress {
  started: boolean
  caughtUp: boolean
  lastHeard: number
}

async function run(reader: BrokerReader, positions: Map<string, Position>, progress: Progress, options: TailOptions): Promise<void> {
  const ends = await discover(reader, positions, progress.started ? 'beginning' : options.from, options)
  const hand = async (record: IncomingRecord) => {
    try {
      await options.onRecord(record)
    } catch (error) {
      throw new Rejected('the record was not taken', { cause: error })
    }
    const position = positions.get(`${record.topic}/${record.partition}`)
    if (position) position.next = Number(record.offset) + 1
  }
  if (!progress.started || !progress.caughtUp) {
    if (!progress.started) options.onState({ state: 'ready', topics: [...new Set([...positions.values()].map(position => position.topic))] })
    progress.started = true
    await catchUp(reader, positions, ends, typeof options.from === 'object' && 'last' in options.from ? options.from.last : undefined, hand, progress, options.signal)
    progress.caughtUp = true
  }
  options.onState({ state: 'caught-up' })
  if (options.follow) await follow(reader, positions, hand, progress, options)
}

/** Adds positions for topics that are not known yet; returns where every partition ends at this moment. */
async function discover(reader: BrokerReader, positions: Map<string, Position>, from: TailOptions['from'], { topics }: TailOptions): Promise<Map<string, number>> {
  const ends = new Map<string, number>()
  for (const [topic, partitions] of await reader.topics()) {
    if (topics ? !topics.includes(topic) : isDeadLetterTopic(topic)) continue
    const end = await reader.offsets(topic, partitions, 'end')
    const first = await reader.offsets(topic, partitions, from instanceof Date ? from.getTime() : 'first')
    for (let partition = 0; partition < partitions; partition++) {
      const name = `${topic}/${partition}`
      ends.set(name, end[partition] ?? 0)
      if (!positions.has(name)) positions.set(name, { topic, partition, next: begin(from, first[partition] ?? 0, end[partition] ?? 0) })
    }
  }
  return ends
}

function begin(from: TailOptions['from'], first: number, end: number): number {
  if (from === 'now') return end
  return typeof from === 'object' && 'last' in from ? Math.max(first, end - from.last) : first
}

/** Hands over what was there at the start, all partitions merged by time; with `last`, only so many of the newest. */
async function catchUp(
  reader: BrokerReader, positions: Map<string, Position>, ends: Map<string, number>, last: number | undefined,
  hand: (record: IncomingRecord) => Promise<void>, progress: Progress, signal: AbortSignal,
): Promise<void> {
  const waiting = new Map<string, IncomingRecord[]>()
  const fetched = new Map([...positions].map(([name, position]) => [name, position.next]))
  const kept: IncomingRecord[] = []
  const take = last === undefined ? hand : async (record: IncomingRecord) => {
    kept.push(record)
    if (kept.length > 2 * last + 100) kept.splice(0, kept.length - last)
  }
  for (;;) {
    signal.throwIfAborted()
    const hungry = [...positions].filter(([name]) => (fetched.get(name) ?? 0) < (ends.get(name) ?? 0) && !waiting.get(name)?.length)
    if (hungry.length > 0) {
      const records = await reader.fetch(hungry.map(([name, position]) => ({ ...position, next: fetched.get(name) ?? 0 })), waitMs, bytesPerPartition)
      progress.lastHeard = Date.now()
      for (const [name, some] of Map.groupBy(records, record => `${record.topic}/${record.partition}`)) {
        waiting.set(name, some)
        fetched.set(name, Number(some.at(-1)?.offset ?? -1) + 1)
      }
      // only what a broker keeps to itself (markers of transactions) lies before the end of the others: they are through
      for (const [name] of records.length === 0 ? hungry : []) fetched.set(name, ends.get(name) ?? 0)
      continue
    }
    if (!await handOldest(waiting, name => (fetched.get(name) ?? 0) < (ends.get(name) ?? 0), take)) break
  }
  if (last !== undefined && last > 0) for (const record of kept.slice(-last)) await hand(record)
}

/** Hands over, oldest first, until a partition that has more to come runs dry; false when nothing was left. */
async function handOldest(waiting: Map<string, IncomingRecord[]>, hasMore: (name: string) => boolean, hand: (record: IncomingRecord) => Promise<void>): Promise<boolean> {
  const queues = [...waiting].map(([name, records]) => ({ name, records, at: 0 })).filter(queue => queue.records.length > 0)
  if (queues.length === 0) return false
  for (;;) {
    let oldest: typeof queues[number] | undefined
    for (const queue of queues) {
      if (queue.at < queue.records.length && (!oldest || Number(queue.records[queue.at]?.timestamp) < Number(oldest.records[oldest.at]?.timestamp))) oldest = queue
    }
    const record = oldest?.records[oldest.at]
    if (!oldest || !record) break
    oldest.at++
    await hand(record)
    if (oldest.at === oldest.records.length && hasMore(oldest.name)) break
  }
  for (const queue of queues) waiting.set(queue.name, queue.records.slice(queue.at))
  return true
}

/** Hands over what comes, and looks for new topics now and then; these are read from their beginning. */
async function follow(reader: BrokerReader, positions: Map<string, Position>, hand: (record: IncomingRecord) => Promise<void>, progress: Progress, options: TailOptions): Promise<void> {
  let looked = Date.now()
  while (!options.signal.aborted) {
    if (Date.now() - looked > lookForTopicsMs) {
      await discover(reader, positions, 'beginning', options)
      looked = Date.now()
    }
    if (positions.size === 0) {
      await pause(waitMs, undefined, { signal: options.signal }).catch(() => undefined) // aborted: the loop ends
      continue
    }
    const records = await unlessAborted(reader.fetch([...positions.values()], waitMs, bytesPerPartition), options.signal)
    progress.lastHeard = Date.now()
    for (const record of records.toSorted((a, b) => Number(a.timestamp) - Number(b.timestamp))) await hand(record)
  }
}

/** A fetch may be held for a while; who ends the tail does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => undefined as void
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
