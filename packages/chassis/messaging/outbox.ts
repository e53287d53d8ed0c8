import type { DataOf, EventType } from '@docket/contract/event.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { validate } from '@docket/contract/validate.ts'
import type { Tx } from '../database/database.ts'
import { newId } from '../id.ts'
import type { OutboxRow } from './outbox-store.ts'
import { mayPublish } from './published-types.ts'

export type OutgoingEvent = { [T in EventType]: { type: T; key: string; sequence: number; data: DataOf[T] } }[EventType]

/**
 * Writes events to the outbox in the transaction of the state change. Throws when an event breaks the contract or its
 * type may not be published yet; that rolls back the state change, so the two never differ.
 */
export async function publish(tx: Tx, events: readonly OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return
  const time = new Date().toISOString()
  const rows = events.map(event => toRow(event, time, tx.traceOf(event.key)))
  await failpoint('outbox', async () => tx.append(rows))
}

function toRow(event: OutgoingEvent, time: string, traceparent: string | undefined): OutboxRow {
  if (!mayPublish(event.type))
    throw new Error(`${event.type} about ${event.key} may not be published yet: PRODUCES_FROM is older than that type`)
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
