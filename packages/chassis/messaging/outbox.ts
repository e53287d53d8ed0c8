import type { DataOf, EventType } from '@docket/contract/event.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { validate } from '@docket/contract/validate.ts'
import type { Tx } from '../database/database.ts'
import { newId } from '../id.ts'

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
  read(limit: number): Promise<StoredOutboxRow[]>
  remove(ids: readonly string[]): Promise<void>
  /** Called on a notification from another process. */
  onNotification(wake: () => void): void
  /** Aborted when the lock may be lost: stop sending at once. */
  lost: AbortSignal
  release(): Promise<void>
}

export type OutgoingEvent = { [T in EventType]: { type: T; key: string; sequence: number; data: DataOf[T] } }[EventType]

/** Puts events into the outbox, in the transaction of the state change. Throws when one breaks the contract. */
export async function publish(tx: Tx, events: readonly OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return
  const time = new Date().toISOString()
  const rows = events.map(event => toRow(event, time, tx.traceOf(event.key)))
  await failpoint('outbox', async () => tx.append(rows))
}

function toRow(event: OutgoingEvent, time: string, traceparent: string | undefined): OutboxRow {
  const problems = validate(event.type, event.data)
  if (problems.length > 0)
    throw new Error(`${event.type} about ${event.key} breaks the contract: ${problems.join('; ')}`)
  return {
    eventId: newId(),
    aggregatetype: topicOf[event.type].replace(/-events$/, ''),
    aggregateid: event.key,
    type: event.type,
    sequence: event.sequence,
    time,
    traceparent,
    payload: JSON.stringify(event.data),
  }
}
