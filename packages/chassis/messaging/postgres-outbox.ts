import type pg from 'pg'
import { advisoryLocks } from '../database/advisory-locks.ts'
import type { LockHold } from '../database/lock-session.ts'
import { onePlanForAllValues, plansForLargeTables, prepared } from '../database/postgres-connection.ts'
import { lockSession } from '../database/postgres-lock-session.ts'
import { queueFloor, serverSeen, transactionsSeen, type LookRow, type QueueFloor } from '../database/queue-floor.ts'
import type { Logger } from '../log.ts'
import {
  outboxModes,
  passing,
  type OutboxLead,
  type OutboxMode,
  type OutboxStore,
  type StoredOutboxRow,
} from './outbox-store.ts'

const channel = 'outbox'

/** The lock belongs to the session, so a relay that loses its connection has lost the lock. */
export function postgresOutbox(
  url: string,
  pool: pg.Pool,
  log: Logger,
  floorOf: typeof queueFloor = queueFloor,
): OutboxStore {
  const inTurn = oneAfterAnother() // together, looks and counts take one connection from the work
  const floor = floorOf(from => inTurn(() => lookAt(pool, from)))
  let nudging = false
  let again = false
  const notify = () => {
    again = nudging // the relay may have been woken, and have read, before its answer comes
    if (nudging) return
    nudging = true
    pool
      .query(`NOTIFY ${channel}`)
      .catch(error => log.debug({ err: error }, 'could not notify the relay; it polls'))
      .finally(() => {
        nudging = false
        if (again) notify()
      })
  }
  return {
    async lead() {
      const leading = await session(url, 'relay')
      return leading && leadWith(leading.client, leading.hold, floor)
    },
    async showDebezium() {
      return (await session(url, 'debezium'))?.hold
    },
    notify,
    async depth() {
      const {
        rows: [found],
      } = await inTurn(() =>
        pool.query<{ rows: number; seconds: number; locks: number[] }>(
          `
        SELECT count(*) AS rows, coalesce(extract(epoch FROM now() - min(time)), 0)::float8 AS seconds, ARRAY(
          SELECT objid::int FROM pg_locks
          WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid::int = ANY($1)
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks
        FROM (SELECT time FROM outbox WHERE id >= $2 ORDER BY id LIMIT 100000) AS waiting`,
          [outboxModes.map(mode => advisoryLocks[mode]), floor.from()],
        ),
      )
      return {
        rows: found?.rows ?? 0,
        oldestSeconds: Math.max(0, found?.seconds ?? 0),
        modes: outboxModes.filter(mode => found?.locks.includes(advisoryLocks[mode])),
      }
    },
  }
}

function oneAfterAnother() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined) // its caller is told
    return mine
  }
}

/** Where the outbox begins. */
async function lookAt(pool: pg.Pool, from: number): Promise<LookRow | undefined> {
  const { rows } = await pool.query<LookRow>(
    `
    SELECT ${serverSeen}, ${transactionsSeen('last_value > $1')}, (SELECT min(id) FROM outbox WHERE id >= $1) AS lowest,
      last_value AS next
    FROM outbox_id_seq`,
    [from],
  )
  return rows[0]
}

const session = (url: string, mode: OutboxMode) =>
  lockSession(url, {
    name: `outbox-${mode}`,
    forgottenSeconds: 10,
    async acquire(client) {
      // if a crash undoes a deletion, an event is published twice, and its consumers recognize duplicates
      await client.query('SET synchronous_commit = off')
      await client.query([onePlanForAllValues, ...plansForLargeTables].map(setting => `SET ${setting}`).join('; '))
      const { rows } = await client.query<{ holds: boolean }>('SELECT pg_try_advisory_lock($1) AS holds', [
        advisoryLocks[mode],
      ])
      return rows[0]?.holds === true
    },
  })

/**
 * Deletes the rows and keeps the last event of each aggregate, for `resendLast`; an act has no other than its own, and
 * is not resent. It is one statement, so a crash undoes both and the event is sent again. A duplicate has no higher
 * sequence and writes nothing.
 */
const removing = (ids: string) => `
  WITH sent AS (DELETE FROM outbox WHERE id = ANY(${ids}) RETURNING *)
  INSERT INTO last_events AS kept (aggregateid, event_id, aggregatetype, type, sequence, time, traceparent, payload)
  SELECT DISTINCT ON (aggregateid) aggregateid, event_id, aggregatetype, type, sequence, time, traceparent, payload
  FROM sent WHERE aggregatetype <> 'audit' ORDER BY aggregateid, sequence DESC
  ON CONFLICT (aggregateid) DO UPDATE SET event_id = excluded.event_id, type = excluded.type, sequence = excluded.sequence,
    time = excluded.time, traceparent = excluded.traceparent, payload = excluded.payload
  WHERE kept.sequence < excluded.sequence`

/**
 * For a transaction that leaves its events to Debezium: its rows are deleted before it commits, and the log of the
 * database has recorded them. Their ids are collected in a setting of the transaction, so that nothing waits for a
 * result.
 */
export const writtenHere = {
  noting: (inserting: string) => `
  WITH written AS (${inserting} RETURNING id)
  SELECT set_config('docket.outbox', concat_ws(',', nullif(current_setting('docket.outbox', true), ''),
    string_agg(id::text, ',')), true) FROM written`,
  removing: removing(`string_to_array(current_setting('docket.outbox'), ',')::bigint[]`),
}

const wholeRow =
  'id, event_id AS "eventId", aggregatetype, aggregateid, type, sequence, time, traceparent, payload::text AS payload'

type RowOfOutbox = StoredOutboxRow & { time: Date | string }

const storedRow = (row: RowOfOutbox): StoredOutboxRow => ({
  ...row,
  id: String(row.id),
  time: new Date(row.time).toISOString(),
  traceparent: row.traceparent ?? undefined,
})

async function leadWith(client: pg.Client, hold: LockHold, floor: QueueFloor): Promise<OutboxLead> {
  let server: string | undefined
  try {
    await client.query(`LISTEN ${channel}`)
    server = (await client.query<{ server: string }>(`SELECT ${serverSeen}`)).rows[0]?.server
    floor.recheck() // a crash that ended the session before may have undone deletions, and this server is still the same
  } catch (error) {
    await hold.release()
    throw error
  }
  return {
    ...hold,
    async read(limit, withoutAggregates, hasToWait) {
      const from = floor.from(server)
      const without = withoutAggregates.length > 0 ? 'AND aggregateid <> ALL($3::text[])' : ''
      const some = (columns: string) => `SELECT ${columns} FROM outbox WHERE id >= $2 ${without} ORDER BY id LIMIT $1`
      const first = async <Row extends pg.QueryResultRow>(columns: string, most: number) => {
        const values = withoutAggregates.length > 0 ? [most, from, withoutAggregates] : [most, from]
        return (await client.query<Row>(prepared(some(columns), values))).rows
      }
      if (!hasToWait) return (await first<RowOfOutbox>(wholeRow, limit)).map(storedRow)
      const ids = await passing(limit, most => first('id, aggregatetype, aggregateid', most), hasToWait)
      const { rows } = await client.query<RowOfOutbox>(
        prepared(`SELECT ${wholeRow} FROM outbox WHERE id = ANY($1::bigint[]) ORDER BY id`, [ids]),
      )
      return rows.map(storedRow)
    },
    async remove(ids) {
      if (ids.length > 0) await client.query(prepared(removing('$1::bigint[]'), [ids]))
    },
    onNotification(wake) {
      client.on('notification', wake)
    },
  }
}
