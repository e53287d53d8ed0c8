import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { pace } from '@docket/foundation/pacing.ts'
import { about, traceIdOf, type Logger } from '../log.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { sendingRows } from '../tracing/tracing.ts'
import { ignoreAbort } from '@docket/foundation/waiting.ts'

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

  const held = heldAggregates(heldForMs)
  const hold = (row: StoredOutboxRow) => {
    const { aggregateid: key, type } = row
    const detail = held.add(key, `${type} about ${key} (${row.payload.length} bytes) is larger than its topic accepts`)
    log.error({ ...about(key, type), eventId: row.eventId, bytes: row.payload.length }, detail)
  }
  const relayAll = async (lead: OutboxLead): Promise<void> => {
    while (!ending.signal.aborted && !lead.lost.aborted) {
      const fromMs = performance.now()
      const rows = await lead.read(rowsAtOnce, held.aggregates())
      if (rows.length === 0) {
        trouble = held.trouble()
        await wakeSignal.wait(slowPollMs, ending.signal)
        continue
      }
      lead.lost.throwIfAborted()
      const { acknowledged, tooLarge, failure } = await sendingRows(rows, some =>
        failpoint('relay-send', () => producer.send(some.map(row => toKafka(row, source)))),
      )
      const sent = acknowledged.flatMap(position => rows[position] ?? [])
      const removed = failpoint('relay-remove', () => lead.remove(sent.map(row => row.id)))
      await Promise.all([removed, pace(performance.now() - fromMs, ending.signal)])
      if (log.isLevelEnabled('debug')) for (const row of sent) logSent(log, row)
      meter.sent(sent.length)
      for (const position of tooLarge) hold(rows[position] as StoredOutboxRow)
      meter.held(held.aggregates().length)
      if (failure) throw failure
      trouble = held.trouble()
    }
  }

  const run = async (): Promise<void> => {
    for (let attempt = 1; !ending.signal.aborted;) {
      let lead: OutboxLead | undefined
      try {
        lead = await store.lead()
        if (lead) {
          leading = true
          lead.onNotification(wakeSignal.wake)
          await relayAll(lead)
        } else await wakeSignal.wait(slowPollMs, ending.signal)
        attempt = 1
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error)
        meter.failed()
        log.warn({ err: error, attempt }, 'the outbox could not be relayed; its rows stay where they are')
        // notifications do not shorten it
        await pause(backoffMs(attempt++, { firstMs: 100, longestMs: 2_000 }), undefined, {
          signal: ending.signal,
        }).catch(ignoreAbort)
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
      await pause(ms, undefined, { signal: waiting.signal }).catch(ignoreAbort)
      signal.removeEventListener('abort', end)
      open = undefined
      woken = false
    },
  }
}
