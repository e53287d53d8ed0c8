import { backoffMs } from '@docket/foundation/backoff.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { pace } from '@docket/foundation/pacing.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { about, traceIdOf, type Logger } from '../log.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { sendingRows } from '../tracing/tracing.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'

export interface Relay {
  wake(): void
  trouble(): string | undefined
  stop(): Promise<void>
}

export interface RelayMeter {
  sent(events: number): void
  failed(): void
  /** Aggregates whose events wait because one of them is larger than its topic accepts. */
  held(aggregates: number): void
}

const unmeasured: RelayMeter = { sent: () => undefined, failed: () => undefined, held: () => undefined }

export interface RelayOptions {
  meter?: RelayMeter
  /** After this time an event that its topic refused is tried again: the topic's limit may have been raised. */
  heldForMs?: number
}

const rowsAtOnce = 1_000
const slowPollMs = 1_000 // for what a crash, or a wake-up that was lost, left behind

/**
 * Publishes the outbox to Kafka: reads its rows in order, sends them, and removes those that every in-sync replica has.
 * Only the holder of the outbox's lock does so, which keeps the order within an aggregate. A row that was sent but not
 * removed is sent again; consumers recognize duplicates.
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
  let leading = false
  let trouble: string | undefined
  const publishing = {
    producer,
    source,
    log,
    meter,
    held: heldAggregates(heldForMs),
    wakeSignal,
    ending: ending.signal,
  }

  const run = async (): Promise<void> => {
    for (let attempt = 1; !ending.signal.aborted;) {
      let lead: OutboxLead | undefined
      try {
        lead = await store.lead()
        if (lead) {
          leading = true
          lead.onNotification(wakeSignal.wake)
          await publishAll(lead, publishing, heldBack => (trouble = heldBack))
        } else await wakeSignal.wait(slowPollMs, ending.signal)
        attempt = 1
      } catch (error) {
        trouble = messageOf(error)
        meter.failed()
        log.warn({ err: error, attempt }, 'the outbox could not be relayed; its rows stay where they are')
        // notifications do not shorten it
        await pauseUnlessAborted(backoffMs(attempt++, { firstMs: 100, longestMs: 2_000 }), ending.signal)
      } finally {
        leading = false
        await lead?.release().catch(error => log.warn({ err: error }, 'the outbox lock was not released cleanly'))
      }
    }
  }
  const running = run()

  return {
    wake() {
      if (leading) wakeSignal.wake()
      else store.notify()
    },
    trouble: () => trouble,
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
  wakeSignal: ReturnType<typeof wakeable>
  ending: AbortSignal
}

/** Publishes for as long as the lock is held; after each batch tells what is held back. */
async function publishAll(
  lead: OutboxLead,
  { producer, source, log, meter, held, wakeSignal, ending }: Publishing,
  onProgress: (heldBack: string | undefined) => void,
): Promise<void> {
  while (!ending.aborted && !lead.lost.aborted) {
    const fromMs = performance.now()
    const rows = await lead.read(rowsAtOnce, held.aggregates())
    if (rows.length === 0) {
      onProgress(held.trouble())
      await wakeSignal.wait(slowPollMs, ending)
      continue
    }
    lead.lost.throwIfAborted()
    const { acknowledged, tooLarge, failure } = await sendingRows(rows, some =>
      failpoint('relay-send', () => producer.send(some.map(row => toKafka(row, source)))),
    )
    const sent = acknowledged.flatMap(position => rows[position] ?? [])
    const removed = failpoint('relay-remove', () => lead.remove(sent.map(row => row.id)))
    await Promise.all([removed, pace(performance.now() - fromMs, ending)])
    if (log.isLevelEnabled('debug')) for (const row of sent) logSent(log, row)
    meter.sent(sent.length)
    for (const position of tooLarge) hold(rows[position] as StoredOutboxRow, held, log)
    meter.held(held.aggregates().length)
    if (failure) throw failure
    onProgress(held.trouble())
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

const toKafka = (row: StoredOutboxRow, source: string) =>
  toRecord(`${row.aggregatetype}-events`, {
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
 * Aggregates that wait because Kafka refuses one of their events for its size. The others go on; later events of a held
 * aggregate must not overtake it. Nothing is lost: its rows stay in the outbox.
 */
function heldAggregates(heldForMs: number) {
  const held = new Map<string, { detail: string; untilMs: number }>()
  const current = () => {
    for (const [key, { untilMs }] of held) if (untilMs <= Date.now()) held.delete(key)
    return held
  }
  return {
    add(key: string, detail: string): string {
      held.set(key, { detail, untilMs: Date.now() + heldForMs })
      return detail
    },
    aggregates: () => [...current().keys()],
    trouble(): string | undefined {
      const [first] = held.values()
      return first && (held.size === 1 ? first.detail : `${first.detail}; ${held.size - 1} more like it`)
    },
  }
}

/** A wait that `wake` ends early; a wake while nothing waits ends the next wait at once. */
function wakeable() {
  let woken = false
  let open: (() => void) | undefined
  return {
    wake() {
      woken = true
      open?.()
    },
    async wait(ms: number, signal: AbortSignal): Promise<void> {
      if (woken || signal.aborted) {
        woken = false
        return
      }
      const waiting = new AbortController()
      const end = () => waiting.abort()
      open = end
      signal.addEventListener('abort', end, { once: true })
      await pauseUnlessAborted(ms, waiting.signal)
      signal.removeEventListener('abort', end)
      open = undefined
      woken = false
    },
  }
}
