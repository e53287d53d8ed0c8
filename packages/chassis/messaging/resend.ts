import type { Tx } from '../database/database.ts'
import type { OutboxRow } from './outbox-store.ts'

const columns =
  'event_id AS "eventId", aggregatetype, aggregateid, type, sequence, time, traceparent, payload::text AS payload'

/**
 * Writes the last event of this service about an aggregate to the outbox again, with the same ce_id, ce_sequence and
 * data. Harmless at any time, because handlers claim their work. Returns undefined when none was kept. One that was just
 * sent is in the outbox still, because rows are removed a while later.
 */
export async function resendLast(tx: Tx, key: string): Promise<OutboxRow | undefined> {
  const { rows } = await tx.query<Omit<OutboxRow, 'time' | 'traceparent'> & { time: Date; traceparent: string | null }>(
    `
    SELECT ${columns} FROM last_events WHERE aggregateid = $1
    UNION ALL SELECT ${columns} FROM outbox WHERE aggregateid = $1 AND aggregatetype <> 'audit'
    ORDER BY sequence DESC LIMIT 1`,
    [key],
  )
  const [row] = rows
  if (!row) return undefined
  const event = { ...row, time: new Date(row.time).toISOString(), traceparent: row.traceparent ?? undefined }
  tx.append([event])
  return event
}
