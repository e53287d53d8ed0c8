import type { LockHold } from '../database/lock-session.ts'
import type { Limits, Statements } from '../database/mysql-connection.ts'
import { lockSession } from '../database/mysql-lock-session.ts'
import type { MysqlPool } from '../database/mysql-pool.ts'
import {
  outboxModes,
  passing,
  type OutboxLead,
  type OutboxMode,
  type OutboxStore,
  type StoredOutboxRow,
} from './outbox-store.ts'

/** The lock belongs to the session, so a relay that loses its connection has lost the lock. */
export function mysqlOutbox(url: string, pool: MysqlPool, limits: Limits): OutboxStore {
  return {
    async lead() {
      const leading = await session(url, limits, 'relay')
      return leading && leadWith(leading.client, leading.hold)
    },
    async showDebezium() {
      return (await session(url, limits, 'debezium'))?.hold
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

const session = (url: string, limits: Limits, mode: OutboxMode) =>
  lockSession(url, limits, {
    name: `outbox-${mode}`,
    forgottenSeconds: 10,
    async acquire(client) {
      const { rows } = await client.query<{ holds: number | null }>(`SELECT GET_LOCK(${lockOf[mode]}, 0) AS holds`)
      return rows[0]?.holds === 1
    },
  })

interface RowOfOutbox extends Omit<StoredOutboxRow, 'id' | 'time' | 'traceparent'> {
  id: number | string
  time: Date
  traceparent: string | null
}

const wholeRow = 'id, event_id AS eventId, aggregatetype, aggregateid, type, sequence, time, traceparent, payload'

const storedRow = (row: RowOfOutbox): StoredOutboxRow => ({
  ...row,
  id: String(row.id),
  time: row.time.toISOString(),
  traceparent: row.traceparent ?? undefined,
})

const listOf = (ids: readonly string[]) => ids.map(id => BigInt(id)).join(', ')

function leadWith(client: Statements, hold: LockHold): OutboxLead {
  return {
    ...hold,
    async read(limit, withoutAggregates, hasToWait) {
      const first = async <Row>(columns: string, most: number) => {
        const waiting = `SELECT ${columns} FROM outbox`
        const rest = `ORDER BY id LIMIT ${Math.trunc(most)}`
        const { rows } =
          withoutAggregates.length === 0
            ? await client.query<Row>(`${waiting} ${rest}`)
            : await client.execute<Row>(
                // ids as JSON, so that it is one statement whatever their number
                `${waiting} WHERE aggregateid NOT IN (
                  SELECT id FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(64) PATH '$')) AS held) ${rest}`,
                [JSON.stringify(withoutAggregates)],
              )
        return rows
      }
      if (!hasToWait) return (await first<RowOfOutbox>(wholeRow, limit)).map(storedRow)
      const ids = await passing(limit, most => first('id, aggregatetype, aggregateid', most), hasToWait)
      if (ids.length === 0) return []
      const { rows } = await client.query<RowOfOutbox>(
        `SELECT ${wholeRow} FROM outbox WHERE id IN (${listOf(ids)}) ORDER BY id`,
      )
      return rows.map(storedRow)
    },
    async remove(ids) {
      // in the text: a prepared statement for each number of ids would fill the server's memory
      if (ids.length > 0) await client.query(`DELETE FROM outbox WHERE id IN (${listOf(ids)})`)
    },
    onNotification: () => undefined,
  }
}
