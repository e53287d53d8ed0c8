import mysql from 'mysql2/promise'
import type { Logger } from './log.ts'
import { connection } from './mysql-connection.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox.ts'

const heartbeatMs = 2_000

/** The outbox as the relay sees it. The lock is the session's: who loses the connection has lost the lock. */
export function mysqlOutbox(url: string, pool: mysql.Pool, log: Logger): OutboxStore {
  return {
    async lead() {
      const client = await mysql.createConnection(connection(url))
      const lost = new AbortController()
      const lose = (error: Error) => lost.abort(error)
      client.on('error', lose)
      client.on('end', () => lose(new Error('the connection that held the lock of the outbox has ended')))
      const [rows] = await client.query(`SELECT GET_LOCK(CONCAT(DATABASE(), '.outbox'), 0) AS leads`)
      if ((rows as { leads: number }[])[0]?.leads === 1) return leadWith(client, lost, log)
      client.destroy()
      return undefined
    },
    nudge: () => undefined, // MySQL has no way to wake another session: its relay polls
    async depth() {
      const [rows] = await pool.query(`
        SELECT COUNT(*) AS \`rows\`, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(time), UTC_TIMESTAMP(6)) / 1000000, 0) AS seconds
        FROM (SELECT time FROM outbox ORDER BY id LIMIT 100000) AS waiting`)
      const [row] = rows as { rows: number; seconds: string }[]
      return { rows: row?.rows ?? 0, oldestSeconds: Math.max(0, Number(row?.seconds ?? 0)) }
    },
  }
}

interface RowOfOutbox extends Omit<StoredOutboxRow, 'id' | 'time' | 'traceparent'> {
  id: number | string
  time: Date
  traceparent: string | null
}

function leadWith(client: mysql.Connection, lost: AbortController, log: Logger): OutboxLead {
  const beat = setInterval(() => {
    client.ping().catch((error: Error) => {
      log.warn({ err: error }, 'the lock of the outbox may be lost')
      lost.abort(error)
    })
  }, heartbeatMs)
  lost.signal.addEventListener('abort', () => clearInterval(beat), { once: true })
  return {
    lost: lost.signal,
    async take(limit) {
      const [rows] = await client.query(`
        SELECT id, event_id AS eventId, aggregatetype, aggregateid, type, sequence, time, traceparent, payload
        FROM outbox ORDER BY id LIMIT ${Math.trunc(limit)}`)
      return (rows as RowOfOutbox[]).map(row => ({ ...row, id: String(row.id), time: row.time.toISOString(), traceparent: row.traceparent ?? undefined }))
    },
    async remove(ids) {
      if (ids.length > 0) await client.execute(`DELETE FROM outbox WHERE id IN (${ids.map(() => '?').join(', ')})`, [...ids])
    },
    onNudge: () => undefined,
    async release() {
      clearInterval(beat)
      client.destroy()
    },
  }
}
