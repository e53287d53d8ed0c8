import { backoffMs, doublingMs } from '@docket/foundation/backoff.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { about, traceIdOf, type Logger } from '../log.ts'
import type { HasToWait, OutboxKey, OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { sendingRows } from '../tracing/tracing.ts'
import { writtenEvents } from './written-events.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { restMs } from '@docket/foundation/pacing.ts'

export interface Relay {
  /** Events were committed: these, or, without them, some that the relay must read. */
  wake(written?: readonly StoredOutboxRow[]): void
  trouble(): string | undefined
  stop(): Promise<void>
}

export interface RelayMeter {
  sent(events: number): void
  failed(): void
  held(aggregates: number): void
}

const unmeasured: RelayMeter = { sent: () => undefined, failed: () => undefined, held: () => undefined }

export interface RelayOptions {
  meter?: RelayMeter
  /** After this time, an event that its topic refused is tried again, as the topic's limit may have been raised. */
  heldForMs?: number
}

const rowsAtOnce = 1_000
const slowPollMs = 1_000 // for rows that a crash or a lost wake-up left behind
const othersTurnMs = 1.5 * slowPollMs // so that another replica, if there is one, looks for the lead in it
const mostUnremoved = 5_000 // more than are sent between two polls; a crash repeats them

/**
 * Publishes the outbox to Kafka: sends its rows in order, and deletes those that every in-sync replica has. Only the
 * holder of the outbox's lock does so, which keeps the order within an aggregate. It sends what its own process has
 * written from memory, and reads the rows of other replicas, and those that a crash has left. Rows are deleted many at a
 * time, at the latest before the next read. After a crash, those that were sent but not deleted are sent again;
 * consumers recognize duplicates.
 */
export function startRelay(
  store: OutboxStore,
  producer: RecordProducer,
  source: string,
  log: Logger,
  { meter = unmeasured, heldForMs = 60_000 }: RelayOptions = {},
): Relay {
  const ending = new AbortController()
  const wakeSignal = wakeable()
  let written: ReturnType<typeof writtenEvents> | undefined // while this process leads
  let trouble: string | undefined
  const held = heldAggregates(heldForMs)
  const resting = unavailablePartitions(producer)
  const publishing = { producer, source, log, meter, held, resting, wakeSignal, ending: ending.signal }

  const run = async (): Promise<void> => {
    for (let attempt = 1; !ending.signal.aborted;) {
      let lead: OutboxLead | undefined
      try {
        lead = await store.lead()
        if (lead) {
          const ours = (written = writtenEvents())
          lead.onNotification(() => {
            ours.expectOthers()
            wakeSignal.wake()
          })
          await publishAll(lead, ours, publishing, (heldBack, goesOn) => {
            trouble = heldBack
            if (goesOn) attempt = 1
          })
        } else {
          trouble = undefined // that of the leader is shown by the leader
          await wakeSignal.wait(slowPollMs, ending.signal)
        }
        attempt = 1
      } catch (error) {
        trouble = messageOf(error)
        meter.failed()
        log.warn({ err: error, attempt }, 'the outbox could not be relayed; its rows stay where they are')
        // notifications do not shorten it, or each commit would retry
        await pauseUnlessAborted(pauseMsAfter(error, attempt++), ending.signal)
      } finally {
        written = undefined
        await lead?.release().catch(error => log.warn({ err: error }, 'the outbox lock was not released cleanly'))
      }
    }
  }
  const running = run()

  return {
    trouble: () => trouble,
    wake(rows) {
      if (!written) return store.notify()
      if (rows) written.add(rows)
      else written.expectOthers()
      wakeSignal.wake()
    },
    async stop() {
      ending.abort()
      await running
    },
  }
}

/** Nothing could be sent for a while; another replica may reach more. */
class LeadGivenUp extends Error {}

const pauseMsAfter = (error: unknown, attempt: number) =>
  error instanceof LeadGivenUp ? othersTurnMs : backoffMs(attempt, { firstMs: 100, longestMs: 2_000 })

interface Publishing {
  producer: RecordProducer
  source: string
  log: Logger
  meter: RelayMeter
  held: ReturnType<typeof heldAggregates>
  resting: ReturnType<typeof unavailablePartitions>
  wakeSignal: ReturnType<typeof wakeable>
  ending: AbortSignal
}

async function publishAll(
  lead: OutboxLead,
  written: ReturnType<typeof writtenEvents>,
  { producer, source, log, meter, held, resting, wakeSignal, ending }: Publishing,
  onProgress: (heldBack: string | undefined, goesOn: boolean) => void,
): Promise<void> {
  const removals = removingFrom(lead)
  const read = reading(lead, written, removals, held)
  const progress = (goesOn: boolean) => onProgress(held.trouble() ?? resting.trouble(), goesOn)
  resting.leads()
  try {
    while (!ending.aborted && !lead.lost.aborted) {
      if (read.isDue()) written.expectOthers()
      const rest = resting.now()
      const ours = rest && read.hasToPause() ? written.takeNext(rest.hasToWait) : written.take(rest?.hasToWait)
      const rows = ours ?? (await read.rows(rest))
      if (rows.length === 0) {
        progress(rest === undefined)
        await wakeSignal.wait(read.nextInMs(), ending)
        continue
      }
      lead.lost.throwIfAborted()
      const { acknowledged, tooLarge, unavailable, failure } = await sendingRows(rows, some =>
        failpoint('relay-send', () => producer.send(some.map(row => toKafka(row, source)))),
      )
      const sent = acknowledged.flatMap(position => rows[position] ?? [])
      written.acknowledge(sent)
      resting.sent(sent)
      removals.add(sent)
      if (!ours) void removals.finish() // another read is likely to follow
      if (log.isLevelEnabled('debug')) for (const row of sent) logSent(log, row)
      meter.sent(sent.length)
      if (tooLarge.length > 0) resting.answered()
      for (const position of tooLarge) hold(rows[position] as StoredOutboxRow, held, log)
      meter.held(held.aggregates().length)
      if (failure) {
        resting.add(unavailable, failure)
        if (!resting.mayGoOn()) throw new LeadGivenUp(failure.message, { cause: failure })
        meter.failed()
        log.warn({ err: failure, unavailable }, 'not all events could be sent; they are sent again')
        written.expectOthers()
        const done = new Set([...acknowledged, ...tooLarge])
        const open = rows.filter((_, at) => !done.has(at))
        if (!resting.haveToWait(open)) read.atOnce()
      }
      progress(sent.length > 0)
    }
  } finally {
    await removals.finish()
  }
}

/**
 * Reads of the outbox: once a second at least. A read that passes over many rows that wait takes long, and is followed
 * by a pause, in which what is in memory is sent.
 */
function reading(
  lead: OutboxLead,
  written: ReturnType<typeof writtenEvents>,
  removals: ReturnType<typeof removingFrom>,
  held: Publishing['held'],
) {
  let pollAtMs = 0
  let pauseUntilMs = 0
  const hasToPause = () => performance.now() < pauseUntilMs
  return {
    isDue: () => performance.now() >= pollAtMs,
    hasToPause,
    atOnce(): void {
      pauseUntilMs = 0
    },
    nextInMs: () => (hasToPause() ? pauseUntilMs : pollAtMs) - performance.now(),
    async rows(rest: Rest | undefined): Promise<StoredOutboxRow[]> {
      await removals.finish() // or they would be read again
      const fromMs = performance.now()
      const rows = await lead.read(rowsAtOnce, held.aggregates(), rest?.hasToWait)
      const nowMs = performance.now()
      pollAtMs = nowMs + slowPollMs
      if (rows.length === rowsAtOnce) written.expectOthers()
      else if (rest) {
        rest.forgetWithout(rows)
        pauseUntilMs = nowMs + restMs(0, nowMs - fromMs)
        pollAtMs = Math.max(pauseUntilMs, pollAtMs)
      }
      return rows
    },
  }
}

/** Deletes acknowledged rows, many at a time, while others are being sent. */
function removingFrom(lead: OutboxLead) {
  let ids: string[] = []
  let underWay = Promise.resolve()
  const finish = () => {
    const acknowledged = ids
    ids = []
    if (acknowledged.length > 0)
      underWay = underWay.then(() => failpoint('relay-remove', () => lead.remove(acknowledged)))
    underWay.catch(() => undefined) // its failure is that of the next read
    return underWay
  }
  return {
    add(rows: readonly StoredOutboxRow[]): void {
      for (const { id } of rows) ids.push(id)
      if (ids.length >= mostUnremoved) void finish()
    },
    finish,
  }
}

function hold(row: StoredOutboxRow, held: Publishing['held'], log: Logger): void {
  const { aggregateid: key, type } = row
  const detail = held.add(key, `${type} about ${key} (${row.payload.length} bytes) is larger than its topic accepts`)
  log.error({ ...about(key, type), eventId: row.eventId, bytes: row.payload.length }, detail)
}

function logSent(log: Logger, row: StoredOutboxRow): void {
  log.debug(
    { ...about(row.aggregateid, row.type), traceId: traceIdOf(row.traceparent), sequence: row.sequence },
    `sent ${row.type}`,
  )
}

const topicOf = (aggregatetype: string) => `${aggregatetype}-events`

const toKafka = (row: StoredOutboxRow, source: string) =>
  toRecord(topicOf(row.aggregatetype), {
    id: row.eventId,
    type: row.type,
    source,
    key: row.aggregateid,
    time: row.time,
    sequence: row.sequence,
    traceparent: row.traceparent,
    payload: row.payload,
  })

/**
 * Aggregates that wait because Kafka refuses one of their events for its size. Other aggregates continue; later events
 * of a held one must not overtake it. Nothing is lost, because its rows stay in the outbox.
 */
function heldAggregates(heldForMs: number) {
  const held = new Map<string, { detail: string; untilMs: number }>()
  const current = () => {
    for (const [key, { untilMs }] of held) if (untilMs <= performance.now()) held.delete(key)
    return held
  }
  return {
    add(key: string, detail: string): string {
      held.set(key, { detail, untilMs: performance.now() + heldForMs })
      return detail
    },
    aggregates: () => [...current().keys()],
    trouble(): string | undefined {
      return troubleOf(held)
    },
  }
}

const restLimits = { firstMs: 500, longestMs: 10_000 }

/** What waits at one moment: every row is judged by the same, so that none passes an older one of its aggregate. */
interface Rest {
  hasToWait: HasToWait
  /** All that need not wait was read, so nothing is left for a partition that did not rest, and is none of theirs. */
  forgetWithout(rows: readonly OutboxKey[]): void
}

/**
 * Partitions that took no records. Their rows wait until it is time to try again, or a thousand of them would be all
 * that is read, and sent in vain, while those behind them wait. The more often one fails while others go on, the longer
 * it rests; where nothing goes on, Kafka is unavailable as a whole, and is tried again soon.
 */
function unavailablePartitions(producer: RecordProducer) {
  const failing = new Map<string, { times: number; failedMs: number; untilMs: number; detail: string }>()
  let lastSentMs = -Infinity
  let failingSinceMs: number | undefined
  const partitionOf = ({ aggregatetype, aggregateid }: OutboxKey) =>
    producer.partitionOf(topicOf(aggregatetype), aggregateid) ?? topicOf(aggregatetype)
  const answered = () => {
    failingSinceMs = undefined
  }
  const now = (): Rest | undefined => {
    if (failing.size === 0) return undefined
    const nowMs = performance.now()
    const names = new Set([...failing].flatMap(([name, { untilMs }]) => (untilMs > nowMs ? [name] : [])))
    return {
      hasToWait: row => names.has(partitionOf(row)),
      forgetWithout(rows) {
        const waiting = new Set(rows.map(partitionOf))
        for (const name of failing.keys()) if (!names.has(name) && !waiting.has(name)) failing.delete(name)
        if (failing.size === 0) answered()
      },
    }
  }
  return {
    now,
    haveToWait(rows: readonly OutboxKey[]): boolean {
      const rest = now()
      return rows.every(row => rest?.hasToWait(row) ?? false)
    },
    add(partitions: readonly string[], failure: Error): void {
      const nowMs = performance.now()
      failingSinceMs ??= nowMs
      for (const name of partitions) {
        const { times, failedMs } = failing.get(name) ?? { times: 0, failedMs: nowMs }
        const again = lastSentMs > failedMs ? times + 1 : 1
        const detail = `${name} takes no records: ${messageOf(failure)}`
        failing.set(name, { times: again, failedMs: nowMs, untilMs: nowMs + doublingMs(again, restLimits), detail })
      }
    },
    sent(rows: readonly StoredOutboxRow[]): void {
      if (rows.length > 0) {
        lastSentMs = performance.now()
        answered()
      }
      if (failing.size > 0) for (const row of rows) failing.delete(partitionOf(row))
    },
    leads: answered,
    answered,
    /**
     * Whether something was sent lately, or has not failed for long: without others to send, no more is known. That the
     * first failure took long says little, as one broker that hangs delays a request to all.
     */
    mayGoOn: () => failingSinceMs === undefined || performance.now() - failingSinceMs < restLimits.longestMs,
    trouble(): string | undefined {
      return troubleOf(failing)
    },
  }
}

function troubleOf(all: ReadonlyMap<string, { detail: string }>): string | undefined {
  const [first] = all.values()
  return first && (all.size === 1 ? first.detail : `${first.detail}; ${all.size - 1} more like it`)
}

/** A wake while nothing waits ends the next wait at once, so that none is lost. */
function wakeable() {
  let woken = false
  let open: (() => void) | undefined
  return {
    wake() {
      woken = true
      open?.()
    },
    async wait(ms: number, signal: AbortSignal): Promise<void> {
      if (!woken && !signal.aborted)
        await new Promise<void>(resolve => {
          const end = () => {
            clearTimeout(timer)
            signal.removeEventListener('abort', end)
            open = undefined
            resolve()
          }
          const timer = setTimeout(end, Math.max(0, ms))
          signal.addEventListener('abort', end, { once: true })
          open = end
        })
      woken = false
    },
  }
}
