import type { ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import { aDatabase, type ServiceName } from './database.ts'

/** An event that a service has put into its outbox. */
export interface Said {
  type: EventType
  key: string
  sequence: number
  data: Record<string, unknown>
}

export interface Listener {
  db: Database & { url: string }
  /** Hands over events as one batch, as a poll does, in one transaction. */
  hears(...events: DocketEvent[]): Promise<void>
  /** What it put into its outbox since it was asked last, in order. */
  said(): Promise<Said[]>
}

/** A service's handlers on a real database of their own. */
export async function aListener(
  t: ExecutionContext<unknown>,
  service: ServiceName,
  handlers: Handlers,
): Promise<Listener> {
  const db = await aDatabase(t, service)
  return {
    db,
    hears: (...events) => handleBatch(db, handlers, events),
    async said() {
      const { rows } = await db.transaction(tx =>
        tx.query<Said & { id: number }>(`
        WITH gone AS (DELETE FROM outbox RETURNING *) SELECT id, type, aggregateid AS key, sequence, payload AS data FROM gone ORDER BY id`),
      )
      return rows.map(({ id: _, ...said }) => said)
    },
  }
}
