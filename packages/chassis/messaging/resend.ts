import type { Tx } from '../database/database.ts'
import type { OutboxRow } from './outbox-store.ts'

/**
 * Puts the last event that this service has sent about an aggregate into the outbox again: the same ce_id, ce_sequence
 * and data. Harmless at any time, as handlers claim. Undefined when none was kept.
 */
export async function resendLast(tx: Tx, key: string): Promise<OutboxRow | undefined> {
  const { rows } = await tx.query<Omit<OutboxRow, 'time' | 'traceparent'> & { time: Date; traceparent: string | null }>(
    `
    SELECT event_id AS "eventId", aggregatetype, aggregateid, type, sequence, time, traceparent, payload::text AS payload
    FROM last_events WHERE aggregateid = $1`,
    [key],
  )
  const [row] = rows
  if (!row) return undefined
  const event = { ...row, time: new Date(row.time).toISOString(), traceparent: row.traceparent ?? undefined }
  tx.append([event])
  return event
}
