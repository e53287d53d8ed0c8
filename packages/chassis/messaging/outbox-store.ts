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
  /** The first rows, without those of the aggregates, and without those that have to wait. */
  read(limit: number, withoutAggregates: readonly string[], hasToWait?: HasToWait): Promise<StoredOutboxRow[]>
  remove(ids: readonly string[]): Promise<void>
  onNotification(wake: () => void): void
}

export type OutboxKey = Pick<StoredOutboxRow, 'id' | 'aggregatetype' | 'aggregateid'>
export type HasToWait = (row: OutboxKey) => boolean

const mostPassed = 200_000 // some 80 MB while they are listed; behind more, all wait

/**
 * The ids of the first rows that need not wait. The list is always read from its beginning, because an older row of an
 * aggregate may have been committed after younger ones of others.
 */
export async function passing(
  limit: number,
  list: (limit: number) => Promise<OutboxKey[]>,
  hasToWait: HasToWait,
): Promise<string[]> {
  for (let listed = 4 * limit; ; listed *= 4) {
    const rows = await list(listed)
    const ids = rows.filter(row => !hasToWait(row)).map(({ id }) => id)
    if (ids.length >= limit || rows.length < listed || listed >= mostPassed) return ids.slice(0, limit)
  }
}
