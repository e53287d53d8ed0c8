import type { ShownEvent } from '@docket/contract/shown-event.ts'
import type { KafkaSettings } from '@docket/kafka/client.ts'
import { fedTopics } from '@docket/kafka/topics.ts'
import type { Logger } from '../log.ts'
import { liveReader, type Live } from './live.ts'
import { idOf, nextAt, positionsIn, setNext, type Offsets } from './offsets.ts'
import { pastOf, startOfLast, type Span } from './past.ts'
import type { Entry, EventItem } from './recent.ts'
import { turns } from './turns.ts'

export interface Reading {
  topics(topic: string): boolean
  from: 'now' | 'beginning' | Date | { last: number } | { offsets: Offsets }
  untilMs?: number | undefined
  /** False: ends with what there is now. */
  follow: boolean
  reveals?: 'personal' | undefined
  /** Looks up what `isWanted` needs to know about these events. */
  prepare(events: readonly ShownEvent[]): Promise<void>
  isWanted(event: ShownEvent): boolean
  signal: AbortSignal
}

/** `id` names where the reader is behind the item, in all partitions of its topics. */
export type FeedItem =
  | EventItem
  | { is: 'position' | 'caught-up' | 'end'; id: string }
  | { is: 'gap'; id: string; from: string }
  | { is: 'trouble'; reason: string }
  | { is: 'recovered' }

export interface EventFeed {
  read(reading: Reading): AsyncGenerator<FeedItem>
}

export interface FeedOptions {
  topics: readonly string[]
  /** What a slow reader may be behind. */
  keeps: { entries: number; bytes: number }
}

const mostKept = { entries: 5_000, bytes: 16 * 1024 * 1024 }
const mostInThePast = 8 // readers; each has connections of its own to Kafka
const positionEveryMs = 1_000
const together = 200 // records
const underWayMs = 1_000 // records of a moment may arrive after it

/**
 * Every record of the topics, masked, for anyone who reads: from now on, from a moment or from offsets, each
 * once. It costs nothing while nobody reads.
 */
export function eventFeed(
  kafka: KafkaSettings,
  log: Logger,
  { topics = fedTopics, keeps = mostKept }: Partial<FeedOptions> = {},
): EventFeed {
  const fed = new Set(topics)
  const reader = liveReader({ kafka, isFed: topic => fed.has(topic), log, keeps })
  const pastTurns = turns(mostInThePast)

  async function* read(reading: Reading): AsyncGenerator<FeedItem> {
    const { live, leave } = reader.enter()
    const signal = AbortSignal.any([reading.signal, live.epoch])
    const own = { ...reading, topics: (topic: string) => fed.has(topic) && reading.topics(topic), signal }
    try {
      yield* untilReady(live, signal)
      if (signal.aborted) return
      const offsets: Offsets = new Map()
      if (!isThere(live, own, offsets)) {
        const leaveTurn = await pastTurns.enter(signal)
        try {
          yield* past(kafka, live, own, offsets)
        } finally {
          leaveTurn()
        }
      } else yield { is: 'position', id: idOf(offsets) }
      if (signal.aborted) return
      if (reading.follow && !isOver(reading)) {
        yield { is: 'caught-up', id: idOf(offsets) }
        yield* follow(live, own, offsets)
      }
      if (!signal.aborted) yield { is: 'end', id: idOf(offsets) }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      leave()
    }
  }

  return { read }
}

const isOver = ({ untilMs = Infinity }: Reading) => Date.now() > untilMs + underWayMs

async function* untilReady(live: Live, signal: AbortSignal): AsyncGenerator<FeedItem> {
  let told: string | undefined
  while (!live.isReady() && !signal.aborted) {
    const reason = live.trouble()
    if (reason !== undefined && reason !== told) yield { is: 'trouble', reason }
    told = reason ?? told
    await live.change(positionEveryMs, signal)
  }
  if (told !== undefined && !signal.aborted) yield { is: 'recovered' }
}

/** Puts in where the reader begins, if all that follows is in memory. */
function isThere(live: Live, { from, topics, follow }: Reading, offsets: Offsets): boolean {
  const known = typeof from === 'object' && 'offsets' in from ? from.offsets : undefined
  if (!known && from !== 'now') return false
  for (const [topic, list] of live.offsets) {
    if (!topics(topic)) continue
    const given = known?.get(topic)
    // partitions that were added since begin with their first record
    offsets.set(topic, given ? [...given, ...list.slice(given.length).fill(0)] : [...list])
  }
  if (known && !follow) return false
  // ahead of us: another replica was faster, or the topic was made anew; only Kafka knows
  return isCovered(live, offsets) && positionsIn(offsets).every(at => at.next <= (nextAt(live.offsets, at) ?? 0))
}

const isCovered = (live: Live, offsets: Offsets) =>
  positionsIn(live.recent.floors).every(at => !offsets.has(at.topic) || (nextAt(offsets, at) ?? 0) >= at.next)

async function* past(kafka: KafkaSettings, live: Live, reading: Reading, offsets: Offsets): AsyncGenerator<FeedItem> {
  let from = await startOf(kafka, reading, offsets)
  for (;;) {
    const isLast = !reading.follow || isOver(reading) // before it reads, so that all until then is read
    const span: Span = { topics: reading.topics, from, until: reading.untilMs }
    for await (const item of pastOf(kafka, span, reading.signal)) {
      if (item.is === 'entries') yield* shown(item.entries, reading, offsets)
      else {
        const before = idOf(offsets)
        const isLater =
          item.is === 'begins' && positionsIn(offsets).some(at => (nextAt(item.offsets, at) ?? 0) > at.next)
        for (const at of positionsIn(item.offsets)) setNext(offsets, at, at.next)
        if (isLater) yield { is: 'gap', from: before, id: idOf(offsets) } // deleted by age
      }
      yield { is: 'position', id: idOf(offsets) }
    }
    // once aborted, nothing more is read: going on would never end, nor let anything else in this process run
    if (isLast || reading.signal.aborted || (isCovered(live, offsets) && !isOver(reading))) return
    from = { positions: positionsIn(offsets) }
  }
}

async function startOf(kafka: KafkaSettings, reading: Reading, offsets: Offsets): Promise<Span['from']> {
  const { from, topics } = reading
  if (from === 'now' || (typeof from === 'object' && 'offsets' in from)) return { positions: positionsIn(offsets) }
  if (from === 'beginning' || from instanceof Date) return from
  const wanted = async (entries: readonly Entry[]) => new Set(await wantedOf(entries, reading))
  return { positions: await startOfLast(kafka, { topics, last: from.last, wanted }) }
}

async function* follow(live: Live, reading: Reading, offsets: Offsets): AsyncGenerator<FeedItem> {
  const { signal } = reading
  let cursor = -1 // older than any: what was dropped while the past was read is noticed
  let told = { trouble: undefined as string | undefined, at: performance.now() }
  let hasToCatchUp = false
  while (!signal.aborted && !isOver(reading)) {
    const trouble = live.trouble()
    if (trouble !== told.trouble) {
      yield trouble === undefined ? { is: 'recovered' } : { is: 'trouble', reason: trouble }
      hasToCatchUp = trouble === undefined
    }
    if (cursor < live.recent.oldest && !isCovered(live, offsets)) {
      const from = idOf(offsets)
      for (const at of positionsIn(live.offsets)) if (offsets.has(at.topic)) setNext(offsets, at, at.next)
      cursor = live.recent.end // a reader that is too slow goes on with what happens now
      yield { is: 'gap', from, id: idOf(offsets) }
    }
    const entries = live.recent.slice(cursor, together)
    cursor = Math.max(cursor, live.recent.oldest) + entries.length
    if (entries.length > 0) yield* shown(entries, reading, offsets)
    else {
      if (hasToCatchUp) yield { is: 'caught-up', id: idOf(offsets) }
      hasToCatchUp = false
      await live.change(positionEveryMs, signal)
    }
    if (performance.now() - told.at >= positionEveryMs) {
      yield { is: 'position', id: idOf(offsets) }
      told.at = performance.now()
    }
    told = { ...told, trouble }
  }
}

/** Those entries that the reader has not had, and wants. */
async function* shown(entries: readonly Entry[], reading: Reading, offsets: Offsets): AsyncGenerator<FeedItem> {
  const { reveals, topics } = reading
  let id = idOf(offsets)
  const news = entries.filter(entry => topics(entry.topic) && entry.offset >= (nextAt(offsets, entry) ?? 0))
  const wanted = new Set(await wantedOf(news, reading))
  for (const entry of news) {
    setNext(offsets, entry, entry.offset + 1)
    if (!wanted.has(entry)) continue
    const item = entry.itemBehind(id, offsets, reveals)
    id = item.id
    yield item
  }
}

async function wantedOf(entries: readonly Entry[], reading: Reading): Promise<Entry[]> {
  const { reveals, untilMs = Infinity, prepare, isWanted } = reading
  const inTime = entries.filter(({ timeMs }) => timeMs < untilMs)
  if (inTime.length > 0) await prepare(inTime.map(entry => entry.event(reveals)))
  return inTime.filter(entry => isWanted(entry.event(reveals)))
}
