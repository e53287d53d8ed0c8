import type { IncomingMessage } from 'node:http'
import type { DeadLetter } from '@docket/kafka/classify.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import type { SendResult } from '@docket/kafka/producer.ts'
import type { Database } from '../database/database.ts'
import type { Logger } from '../log.ts'
import type { StoredOutboxRow } from '../messaging/outbox-store.ts'
import type { Call, RequestSpan, Traces, Tracing } from './instrumentation.ts'
import type { TracingSettings } from './settings.ts'

/** Undefined: spans are not collected, and nothing of OpenTelemetry is loaded. */
let tracing: Tracing | undefined

export async function startTracing(
  service: string,
  version: string,
  settings: TracingSettings,
  log: Logger,
): Promise<void> {
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined || settings.OTEL_SDK_DISABLED) return
  const { spans } = await import('./spans.ts')
  const { delivery } = await import('./exporter.ts')
  tracing = spans(service, delivery(service, version, settings, log))
  log.info(
    { collector: settings.OTEL_EXPORTER_OTLP_ENDPOINT, sampler: settings.OTEL_TRACES_SAMPLER },
    'spans are sent to a collector',
  )
}

export const stopTracing = async (): Promise<void> => tracing?.stop()

export const requestSpan = (req: IncomingMessage, requestId: string): RequestSpan | undefined =>
  tracing?.request(req, requestId)

export const tracedDatabase = (db: Database, url: string): Database => (tracing ? tracing.database(db, url) : db)

export const handlingEvents = <T>(events: readonly DocketEvent[], work: (traces: Traces) => Promise<T>): Promise<T> =>
  tracing ? tracing.handling(events, work) : work(tracesOf(events))

/** Sends rows of the outbox, each as part of its own trace: the consumer's span is a child of the producer's. */
export const sendingRows = (
  rows: readonly StoredOutboxRow[],
  work: (rows: readonly StoredOutboxRow[]) => Promise<SendResult>,
): Promise<SendResult> => (tracing ? tracing.sending(rows, work) : work(rows))

export const sweeping = (name: string, run: () => Promise<number>): Promise<number> =>
  tracing ? tracing.sweeping(name, run) : run()

export const noteDeadLetter = (letter: DeadLetter): void => tracing?.deadLetter(letter)

export const calling = <T>(
  call: Call,
  work: (traceparent: string | undefined) => Promise<T>,
  troubleIn: (result: T) => string | undefined,
): Promise<T> => (tracing ? tracing.calling(call, work, troubleIn) : work(call.traceparent))

export const fetching = (
  method: string,
  url: string,
  template: string,
  send: (headers: Record<string, string>) => Promise<Response>,
): Promise<Response> => (tracing ? tracing.fetching(method, url, template, send) : send({}))

function tracesOf(events: readonly DocketEvent[]): Traces {
  const traces = new Map<string, string>()
  for (const event of events) if (event.traceparent) traces.set(event.key, event.traceparent)
  return traces
}
