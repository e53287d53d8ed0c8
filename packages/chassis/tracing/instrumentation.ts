import type { IncomingMessage } from 'node:http'
import type { DeadLetter } from '@docket/kafka/classify.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import type { SendResult } from '@docket/kafka/producer.ts'
import type { Database } from '../database/database.ts'
import type { StoredOutboxRow } from '../messaging/outbox-store.ts'

export interface RequestSpan {
  traceparent: string
  run<T>(work: () => Promise<T>): Promise<T>
  failed(error: unknown): void
  /** `status` is undefined when the client left before its answer. */
  end(route: string, status: number | undefined): void
}

export interface Call {
  name: string
  attributes: Record<string, string | number>
  /** Set only if the cause is not the work under way. */
  traceparent?: string | undefined
}

export type Traces = ReadonlyMap<string, string>

export interface Tracing {
  request(req: IncomingMessage, requestId: string): RequestSpan
  database(db: Database, url: string): Database
  handling<T>(events: readonly DocketEvent[], work: (traces: Traces) => Promise<T>): Promise<T>
  sending(
    rows: readonly StoredOutboxRow[],
    work: (rows: readonly StoredOutboxRow[]) => Promise<SendResult>,
  ): Promise<SendResult>
  sweeping(name: string, run: () => Promise<number>): Promise<number>
  deadLetter(letter: DeadLetter): void
  calling<T>(
    call: Call,
    work: (traceparent: string) => Promise<T>,
    troubleIn: (result: T) => string | undefined,
  ): Promise<T>
  fetching(
    method: string,
    url: string,
    template: string,
    send: (headers: Record<string, string>) => Promise<Response>,
  ): Promise<Response>
  stop(): Promise<void>
}
