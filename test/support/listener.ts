import type { ExecutionContext } from 'ava'
import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { handle, handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent, EventType } from '@docket/contract/event.ts'
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
        WITH gone AS (DELETE FROM outbox RETURNING *) SELECT id, type, aggregateid AS key, sequence, payload AS data FROM gone ORDER BY id`),
      )
      return rows.map(({ id: _, ...event }) => event)
    },
  }
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
