import type { ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
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
  /** Hands over events as one batch, as a poll does, in one transaction. Returns those that retention has passed. */
  receives(...events: DocketEvent[]): Promise<readonly DocketEvent[]>
  /** What it has put into its outbox since the last call, in order. */
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
    async published() {
      const { rows } = await db.transaction(tx =>
        tx.query<PublishedEvent & { id: number }>(`
        WITH gone AS (DELETE FROM outbox RETURNING *) SELECT id, type, aggregateid AS key, sequence, payload AS data FROM gone ORDER BY id`),
      )
      return rows.map(({ id: _, ...event }) => event)
    },
  }
}
