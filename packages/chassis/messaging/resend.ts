import type { Tx } from '../database/database.ts'
import type { OutboxRow } from './outbox-store.ts'

/**
 * Writes the last event that this service sent about an aggregate to the outbox again, with the same ce_id, ce_sequence
 * and data. Harmless at any time, because handlers claim their work. Returns undefined when none was kept.
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
