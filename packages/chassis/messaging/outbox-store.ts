import type { EventType } from '@docket/contract/event.ts'

/** A row of the table `outbox`. Names follow Debezium's outbox event router where it has a name for the thing. */
export interface OutboxRow {
  /** UUID v7: becomes ce_id. */
  eventId: string
  /** Topic without `-events`: order, inventory, payment, shipping, user. */
  aggregatetype: string
  /** The Kafka key. */
  aggregateid: string
  type: EventType
  sequence: number
  /** RFC 3339 UTC. */
  time: string
  traceparent: string | undefined
  /** JSON text of the data. */
  payload: string
}

export interface StoredOutboxRow extends OutboxRow {
  /** Ascending in the order in which rows of one aggregate were written. */
  id: string
}

/** What the relay needs of a database. */
export interface OutboxStore {
  /** Tries to become the one relay of this database; undefined while another holds the lock. */
  lead(): Promise<OutboxLead | undefined>
  /** Tells the relay of another process that there are rows. */
  notify(): void
  /** Rows that wait, and the age of the oldest in seconds. */
  depth(): Promise<{ rows: number; oldestSeconds: number }>
}

/** Held as long as the connection that holds the lock lives. */
export interface OutboxLead {
  /** The oldest rows, without those of some aggregates. */
  read(limit: number, withoutAggregates: readonly string[]): Promise<StoredOutboxRow[]>
  remove(ids: readonly string[]): Promise<void>
  /** Called on a notification from another process. */
  onNotification(wake: () => void): void
  /** Aborted when the lock may be lost: stop sending at once. */
  lost: AbortSignal
  release(): Promise<void>
}
