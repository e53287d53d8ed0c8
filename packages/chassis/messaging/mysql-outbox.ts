import mysql from 'mysql2/promise'
import { forgottenSeconds, keepAlive } from '../database/lock-session.ts'
import { connection, limited, type Limits, type Statements } from '../database/mysql-connection.ts'
import type { MysqlPool } from '../database/mysql-pool.ts'
import {
  outboxModes,
  type OutboxHold,
  type OutboxLead,
  type OutboxMode,
  type OutboxStore,
  type StoredOutboxRow,
} from './outbox-store.ts'

/** The outbox as the relay sees it. The lock is the session's: who loses the connection has lost the lock. */
export function mysqlOutbox(url: string, pool: MysqlPool, limits: Limits): OutboxStore {
  return {
    async lead() {
      const session = await lock(url, limits, 'relay')
      return session && leadWith(session)
    },
    async showDebezium() {
      return (await lock(url, limits, 'debezium'))?.hold
    },
    notify: () => undefined, // MySQL has no way to wake another session: its relay polls
    async depth() {
      const {
        rows: [row],
      } = await pool.use(client =>
        client.query<{ rows: number; seconds: string } & Record<OutboxMode, number>>(`
        SELECT ${outboxModes.map(mode => `IS_USED_LOCK(${lockOf[mode]}) IS NOT NULL AS ${mode}`).join(', ')}, COUNT(*) AS \`rows\`, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(time), UTC_TIMESTAMP(6)) / 1000000, 0) AS seconds
        FROM (SELECT time FROM outbox ORDER BY id LIMIT 100000) AS waiting`),
      )
      return {
        rows: row?.rows ?? 0,
        oldestSeconds: Math.max(0, Number(row?.seconds ?? 0)),
        modes: outboxModes.filter(mode => row?.[mode] === 1),
      }
    },
  }
}

const lockOf: Record<OutboxMode, string> = {
  relay: `CONCAT(DATABASE(), '.outbox')`,
  debezium: `CONCAT(DATABASE(), '.debezium')`,
}

interface LockSession {
  client: Statements
  hold: OutboxHold
}

/** A session that holds the lock of a mode; undefined while another holds it. */
async function lock(url: string, limits: Limits, mode: OutboxMode): Promise<LockSession | undefined> {
  const connected = await mysql.createConnection(connection(url, limits))
  const lost = new AbortController()
  const lose = (error: Error) => lost.abort(error)
  connected.on('error', lose)
  connected.on('end', () => lose(new Error('the connection that held the lock of the outbox has ended')))
  const client = limited(connected, limits.statementMs)
  try {
    await client.query(`SET SESSION wait_timeout = ${forgottenSeconds}`)
    const { rows } = await client.query<{ holds: number | null }>(`SELECT GET_LOCK(${lockOf[mode]}, 0) AS holds`)
    if (rows[0]?.holds === 1) {
      const stopKeepAlive = keepAlive(() => client.ping(), lost)
      const release = async () => {
        stopKeepAlive()
        client.giveUp()
      }
      return { client, hold: { lost: lost.signal, release } }
    }
  } catch (error) {
    connected.destroy()
    throw error
  }
  connected.destroy()
  return undefined
}

interface RowOfOutbox extends Omit<StoredOutboxRow, 'id' | 'time' | 'traceparent'> {
  id: number | string
  time: Date
  traceparent: string | null
}

function leadWith({ client, hold }: LockSession): OutboxLead {
  return {
    ...hold,
    async read(limit, withoutAggregates) {
      const waiting = `SELECT id, event_id AS eventId, aggregatetype, aggregateid, type, sequence, time, traceparent, payload FROM outbox`
      const rest = `ORDER BY id LIMIT ${Math.trunc(limit)}`
      const { rows } =
        withoutAggregates.length === 0
          ? await client.query<RowOfOutbox>(`${waiting} ${rest}`)
          : await client.execute<RowOfOutbox>(
              // the list as JSON: one statement, however long it is
              `${waiting} WHERE aggregateid NOT IN (SELECT id FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(64) PATH '$')) AS held) ${rest}`,
              [JSON.stringify(withoutAggregates)],
            )
      return rows.map(row => ({
        ...row,
        id: String(row.id),
        time: row.time.toISOString(),
        traceparent: row.traceparent ?? undefined,
      }))
    },
    async remove(ids) {
      // in the text: a prepared statement for each number of ids would fill the server
      if (ids.length > 0) await client.query(`DELETE FROM outbox WHERE id IN (${ids.map(id => BigInt(id)).join(', ')})`)
    },
    onNotification: () => undefined,
  }
}
