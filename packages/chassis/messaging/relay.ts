import { backoffMs, doublingMs } from '@docket/foundation/backoff.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { about, traceIdOf, type Logger } from '../log.ts'
import type { OutboxKey, OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { sendingRows } from '../tracing/tracing.ts'
import { writtenEvents } from './written-events.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'

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
  const resting = restingPartitions(producer)
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
          await publishAll(lead, ours, publishing, heldBack => {
            trouble = heldBack
            attempt = 1
          })
        } else await wakeSignal.wait(slowPollMs, ending.signal)
        attempt = 1
      } catch (error) {
        trouble = messageOf(error)
        meter.failed()
        log.warn({ err: error, attempt }, 'the outbox could not be relayed; its rows stay where they are')
        // notifications do not shorten it, or each commit would retry
        await pauseUnlessAborted(backoffMs(attempt++, { firstMs: 100, longestMs: 2_000 }), ending.signal)
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

interface Publishing {
  producer: RecordProducer
  source: string
  log: Logger
  meter: RelayMeter
  held: ReturnType<typeof heldAggregates>
  resting: ReturnType<typeof restingPartitions>
  wakeSignal: ReturnType<typeof wakeable>
  ending: AbortSignal
}

async function publishAll(
  lead: OutboxLead,
  written: ReturnType<typeof writtenEvents>,
  { producer, source, log, meter, held, resting, wakeSignal, ending }: Publishing,
  onProgress: (heldBack: string | undefined) => void,
): Promise<void> {
  const removals = removingFrom(lead)
  let pollAtMs = 0
  const read = async () => {
    await removals.finish() // or they would be read again
    const fromMs = performance.now()
    const rows = await lead.read(rowsAtOnce, held.aggregates(), resting.isAny() ? resting.has : undefined)
    if (rows.length === rowsAtOnce) written.expectOthers()
    else resting.forgetWithout(rows, fromMs)
    pollAtMs = performance.now() + slowPollMs
    return rows
  }
  try {
    while (!ending.aborted && !lead.lost.aborted) {
      const fromMs = performance.now()
      if (fromMs >= pollAtMs) written.expectOthers()
      const ours = resting.without(written.take())
      const rows = ours ?? (await read())
      if (rows.length === 0) {
        onProgress(held.trouble() ?? resting.trouble())
        await wakeSignal.wait(pollAtMs - performance.now(), ending)
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
      for (const position of tooLarge) hold(rows[position] as StoredOutboxRow, held, log)
      meter.held(held.aggregates().length)
      if (failure) {
        resting.add(unavailable, failure)
        if (sent.length === 0) throw failure // another replica may reach more
        meter.failed()
        log.warn({ err: failure, unavailable }, 'some partitions take no records; theirs wait, and others go on')
      }
      onProgress(held.trouble() ?? resting.trouble())
    }
  } finally {
    await removals.finish()
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
      const [first] = held.values()
      return first && (held.size === 1 ? first.detail : `${first.detail}; ${held.size - 1} more like it`)
    },
  }
}

const rest = { firstMs: 500, longestMs: 10_000 }

/**
 * Partitions from which an acknowledgement was missing. Their rows wait until it is time to try again, or a thousand of
 * them would be all that is read, and sent in vain, while those behind them wait. The more often one fails while others
 * go on, the longer it rests; where nothing goes on, Kafka is unavailable as a whole, and is tried again soon.
 */
function restingPartitions(producer: RecordProducer) {
  const failing = new Map<string, { sinceMs: number; times: number; untilMs: number; detail: string }>()
  let lastSentMs = -Infinity
  const partitionOf = ({ aggregatetype, aggregateid }: OutboxKey) =>
    producer.partitionOf(topicOf(aggregatetype), aggregateid) ?? ''
  const has = (row: OutboxKey) => (failing.get(partitionOf(row))?.untilMs ?? 0) > performance.now()
  return {
    isAny: () => failing.size > 0,
    /** Nothing waits any more for a partition that did not rest when all rows were read, and is none of theirs. */
    forgetWithout(rows: readonly OutboxKey[], readFromMs: number): void {
      if (failing.size === 0) return
      const waiting = new Set(rows.map(partitionOf))
      for (const [partition, { untilMs }] of failing)
        if (untilMs <= readFromMs && !waiting.has(partition)) failing.delete(partition)
    },
    has,
    /** Those that are left out are in the outbox, and so are read later. */
    without: (rows: StoredOutboxRow[] | undefined) => (failing.size > 0 ? rows?.filter(row => !has(row)) : rows),
    add(partitions: readonly string[], failure: Error): void {
      const nowMs = performance.now()
      for (const partition of partitions) {
        const { sinceMs, times } = failing.get(partition) ?? { sinceMs: nowMs, times: 0 }
        const again = lastSentMs > sinceMs ? times + 1 : 1
        const detail = `${partition} takes no records: ${messageOf(failure)}`
        failing.set(partition, { sinceMs, times: again, untilMs: nowMs + doublingMs(again, rest), detail })
      }
    },
    sent(rows: readonly StoredOutboxRow[]): void {
      if (rows.length > 0) lastSentMs = performance.now()
      if (failing.size > 0) for (const row of rows) failing.delete(partitionOf(row))
    },
    trouble(): string | undefined {
      const [first] = failing.values()
      return first && (failing.size === 1 ? first.detail : `${first.detail}; ${failing.size - 1} more like it`)
    },
  }
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
