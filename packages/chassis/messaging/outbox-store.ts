import type { EventType } from '@docket/contract/event.ts'
import type { LockHold } from '../database/lock-session.ts'

/**
 * Who sends the events of a service. `relay`: the service itself, from its outbox. `debezium`: Debezium, from the log
 * of the database; a row of the outbox is deleted in the transaction that wrote it.
 */
export const outboxModes = ['relay', 'debezium'] as const
export type OutboxMode = (typeof outboxModes)[number]

/** A row of the table `outbox`. Column names follow Debezium's outbox event router wherever it has a name. */
export interface OutboxRow {
  eventId: string
  aggregatetype: string
  aggregateid: string
  type: EventType
  sequence: number
  /** RFC 3339 UTC. */
  time: string
  traceparent: string | undefined
  payload: string
}

export interface StoredOutboxRow extends OutboxRow {
  /** Ascending in the order in which the rows of an aggregate were written, which is the order of sending. */
  id: string
}

export interface OutboxStore {
  /** Tries to become the one relay of this database; undefined while another holds the lock. */
  lead(): Promise<OutboxLead | undefined>
  /** Shows to `depth` of all replicas that one of them leaves its events to Debezium; undefined while another does. */
  showDebezium(): Promise<LockHold | undefined>
  notify(): void
  depth(): Promise<OutboxState>
}

export interface OutboxState {
  rows: number
  oldestSeconds: number
  modes: OutboxMode[]
}

/** The lock of the relay: once it may be lost, nothing more may be sent, or two relays would send at a time. */
export interface OutboxLead extends LockHold {
  read(limit: number, withoutAggregates: readonly string[]): Promise<StoredOutboxRow[]>
  remove(ids: readonly string[]): Promise<void>
  onNotification(wake: () => void): void
}
