import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import type { KafkaSettings } from '@docket/kafka/client.ts'
import { ownCopyOf } from '@docket/kafka/fetched-record.ts'
import { tail, type TailState } from '@docket/kafka/tail.ts'
import type { Logger } from '../log.ts'
import { nextAt, positionsIn, setNext, type Offsets } from './offsets.ts'
import { Entry, Recent } from './recent.ts'

export interface Live {
  recent: Recent
  /** Where it stands in every partition that it may read. */
  offsets: Offsets
  /** Why nothing arrives at the moment. */
  trouble(): string | undefined
  /** False before the first contact. */
  isReady(): boolean
  /** Aborted when the records are no longer those that the offsets were about, because a topic was made anew. */
  epoch: AbortSignal
  /** Resolves when something has changed, after `ms` at the latest, and when the signal aborts. */
  change(ms: number, signal: AbortSignal): Promise<void>
}

interface LiveOptions {
  kafka: KafkaSettings
  isFed: (topic: string) => boolean
  log: Logger
  keeps: { entries: number; bytes: number }
}

// more records come with each request, so each costs less; nobody notices so short a pause
const pace = { waitMs: 250, pauseMs: 75 }
const lingerMs = 10_000 // a reader that comes back soon continues from memory
const backoff = { firstMs: 200, longestMs: 5_000 }

/** Reads all topics from their ends on, without a group, once for everybody, and only while somebody reads. */
export function liveReader(options: LiveOptions) {
  let current: { live: Live; ending: AbortController } | undefined
  let readers = 0
  let lingering: NodeJS.Timeout | undefined
  const end = () => {
    current?.ending.abort()
    current = undefined
  }
  return {
    enter(): { live: Live; leave(): void } {
      clearTimeout(lingering)
      if (current === undefined || current.live.epoch.aborted) {
        const ending = new AbortController()
        current = { ending, live: readLive(options, ending) }
      }
      readers++
      return {
        live: current.live,
        leave() {
          if (--readers === 0) lingering = setTimeout(end, lingerMs).unref()
        },
      }
    },
  }
}

function readLive({ kafka, isFed, log, keeps }: LiveOptions, ending: AbortController): Live {
  const recent = new Recent(keeps)
  const offsets: Offsets = new Map()
  const waiting = new Set<() => void>()
  const progress = { trouble: undefined as string | undefined, isReady: false, isNew: false }
  const wake = () => {
    for (const one of waiting) one()
  }
  const inTrouble = (reason: string | undefined) => {
    if (progress.trouble === reason) return
    progress.trouble = reason
    if (reason !== undefined) log.warn({ reason }, 'events cannot be read for their readers; trying again')
    wake()
  }
  const read = () =>
    tail({
      kafka,
      topics: isFed,
      from: progress.isReady ? { positions: positionsIn(offsets) } : 'now',
      follow: true,
      pace,
      signal: ending.signal,
      onState(state) {
        if (state.state === 'reconnecting') return inTrouble(state.reason)
        noteTopics(state, recent, offsets)
        if (state.state !== 'caught-up') return
        progress.isReady = true
        inTrouble(undefined)
        wake()
      },
      onRecord(record) {
        const entry = new Entry(ownCopyOf(record))
        if (entry.offset < (nextAt(offsets, entry) ?? 0)) return ending.abort() // the topic was made anew
        setNext(offsets, entry, entry.offset + 1)
        recent.push(entry)
        progress.isNew = true
      },
      onPause() {
        inTrouble(undefined)
        if (progress.isNew) wake()
        progress.isNew = false
      },
    })
  void untilEnded(read, error => inTrouble(messageOf(error)), ending.signal).finally(wake)
  return {
    recent,
    offsets,
    trouble: () => progress.trouble,
    isReady: () => progress.isReady,
    epoch: ending.signal,
    change: (ms, signal) => changeIn(waiting, ms, signal),
  }
}

function noteTopics(state: TailState, recent: Recent, offsets: Offsets): void {
  if (state.state === 'not-readable')
    for (const topic of state.topics) {
      recent.forget(topic)
      offsets.delete(topic)
    }
  if (!('positions' in state)) return
  for (const position of state.positions) {
    recent.begin(position, position.next)
    if (nextAt(offsets, position) === undefined) setNext(offsets, position, position.next)
  }
}

async function untilEnded(read: () => Promise<void>, onError: (error: unknown) => void, signal: AbortSignal) {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await read()
    } catch (error) {
      if (signal.aborted) return
      onError(error)
      await pauseUnlessAborted(backoffMs(failures, backoff), signal, { ref: false })
    }
  }
}

function changeIn(waiting: Set<() => void>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      waiting.delete(done)
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms).unref()
    waiting.add(done)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
