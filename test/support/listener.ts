import type { ExecutionContext } from 'ava'
import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { handle, handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { DataOf, DocketEvent, EventType } from '@docket/contract/event.ts'
import { aDatabase, type ServiceName } from './database.ts'

export interface PublishedEvent {
  type: EventType
  key: string
  sequence: number
  data: Record<string, unknown>
}

export interface TestConsumer {
  db: Database & { url: string }
  /** Delivers events as one batch in one transaction, as a poll does. Returns those that retention has passed. */
  receives(...events: DocketEvent[]): Promise<readonly DocketEvent[]>
  /** Delivers events as `receives` does, and returns how many statements that takes, pipelined or not. */
  statementsFor(...events: DocketEvent[]): Promise<number>
  published(): Promise<PublishedEvent[]>
  /** What the operators did, for the audit: their data, the oldest first. */
  acts(): Promise<DataOf['operator.acted'][]>
}

export async function aConsumer(
  t: ExecutionContext<unknown>,
  service: ServiceName,
  handlers: Handlers,
): Promise<TestConsumer> {
  const db = await aDatabase(t, service)
  return {
    db,
    receives: (...events) => handleBatch(db, handlers, events),
    statementsFor: (...events) =>
      db.transaction(tx => countingStatements(tx, counted => handle(counted, handlers, events))),
    async published() {
      const { rows } = await db.transaction(tx =>
        tx.query<PublishedEvent & { id: number }>(`
        WITH gone AS (DELETE FROM outbox WHERE aggregatetype <> 'audit' RETURNING *)
        SELECT id, type, aggregateid AS key, sequence, payload AS data FROM gone ORDER BY id`),
      )
      return rows.map(({ id: _, ...event }) => event)
    },
    acts: () => actsOf(db),
  }
}

export async function actsOf(db: Database): Promise<DataOf['operator.acted'][]> {
  const { rows } = await db.read.query<{ data: DataOf['operator.acted'] | string }>(
    "SELECT payload AS data FROM outbox WHERE aggregatetype = 'audit' ORDER BY id",
  )
  return rows.map(({ data }) => (typeof data === 'string' ? (JSON.parse(data) as DataOf['operator.acted']) : data))
}

async function countingStatements(tx: Tx, work: (tx: Tx) => Promise<unknown>): Promise<number> {
  let statements = 0
  await work({
    ...tx,
    query(...statement) {
      statements++
      return tx.query(...statement)
    },
    change(...statement) {
      statements++
      tx.change(...statement)
    },
    append(rows) {
      statements++
      tx.append(rows)
    },
  })
  return statements
}
