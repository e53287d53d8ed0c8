import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { advisoryLocks } from '../database/advisory-locks.ts'
import { forgottenSeconds, keepAlive } from '../database/lock-session.ts'
import type { Logger } from '../log.ts'
import {
  outboxModes,
  type OutboxHold,
  type OutboxLead,
  type OutboxMode,
  type OutboxStore,
  type StoredOutboxRow,
} from './outbox-store.ts'
import { connection } from '../database/postgres-connection.ts'

const channel = 'outbox'
const statementMs = 5_000 // all of the relay's are short; after this time a half-open connection is noticed

/** The outbox as the relay sees it. The lock is the session's: who loses the connection has lost the lock. */
export function postgresOutbox(url: string, pool: pg.Pool, log: Logger): OutboxStore {
  let nudging = false
  return {
    async lead() {
      const session = await lock(url, 'relay')
      return session && leadWith(session)
    },
    async showDebezium() {
      return (await lock(url, 'debezium'))?.hold
    },
    notify() {
      if (nudging) return // one in flight wakes the relay for all that came meanwhile
      nudging = true
      pool
        .query(`NOTIFY ${channel}`)
        .catch(error => log.debug({ err: error }, 'could not notify the relay; it polls'))
        .finally(() => {
          nudging = false
        })
    },
    async depth() {
      const {
        rows: [found],
      } = await pool.query<{ rows: number; seconds: number; locks: number[] }>(
        `
        SELECT count(*) AS rows, coalesce(extract(epoch FROM now() - min(time)), 0)::float8 AS seconds, ARRAY(
          SELECT objid::int FROM pg_locks
          WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid::int = ANY($1)
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks
        FROM (SELECT time FROM outbox ORDER BY id LIMIT 100000) AS waiting`,
        [outboxModes.map(mode => advisoryLocks[mode])],
      )
      return {
        rows: found?.rows ?? 0,
        oldestSeconds: Math.max(0, found?.seconds ?? 0),
        modes: outboxModes.filter(mode => found?.locks.includes(advisoryLocks[mode])),
      }
    },
  }
}

interface LockSession {
  client: pg.Client
  hold: OutboxHold
}

/** A session that holds the lock of a mode; undefined while another holds it. */
async function lock(url: string, mode: OutboxMode): Promise<LockSession | undefined> {
  const client = new pg.Client({ ...connection(url), application_name: `outbox-${mode}`, query_timeout: statementMs })
  const lost = new AbortController()
  client.on('error', error => lost.abort(error))
  client.on('end', () => lost.abort(new Error('the connection that held the lock of the outbox has ended')))
  await client.connect()
  try {
    await client.query(`SET idle_session_timeout = '${forgottenSeconds}s'`)
    // a removal that a crash undoes means that an event is published twice; its consumers recognize duplicates
    await client.query('SET synchronous_commit = off')
    const { rows } = await client.query<{ holds: boolean }>('SELECT pg_try_advisory_lock($1) AS holds', [
      advisoryLocks[mode],
    ])
    if (rows[0]?.holds) {
      const stopKeepAlive = keepAlive(() => client.query('SELECT 1'), lost)
      const release = async () => {
        stopKeepAlive()
        await ended(client)
      }
      return { client, hold: { lost: lost.signal, release } }
    }
  } catch (error) {
    await ended(client)
    throw error
  }
  await ended(client)
  return undefined
}

/**
 * Of each aggregate the last event is kept, for `resendLast`. In one statement with the removal: a crash undoes both, and
 * the event is sent again. A repetition has no higher sequence and writes nothing.
 */
const removing = (ids: string) => `
  WITH sent AS (DELETE FROM outbox WHERE id = ANY(${ids}) RETURNING *)
  INSERT INTO last_events AS kept (aggregateid, event_id, aggregatetype, type, sequence, time, traceparent, payload)
  SELECT DISTINCT ON (aggregateid) aggregateid, event_id, aggregatetype, type, sequence, time, traceparent, payload
  FROM sent ORDER BY aggregateid, sequence DESC
  ON CONFLICT (aggregateid) DO UPDATE SET event_id = excluded.event_id, type = excluded.type, sequence = excluded.sequence,
    time = excluded.time, traceparent = excluded.traceparent, payload = excluded.payload
  WHERE kept.sequence < excluded.sequence`

/**
 * Of a transaction that leaves its events to Debezium: its rows go before it commits, and the log of the database keeps
 * that they were written. Their ids are kept in a setting of the transaction, so that nothing is waited for.
 */
export const writtenHere = {
  noting: (inserting: string) => `
  WITH written AS (${inserting} RETURNING id)
  SELECT set_config('docket.outbox', concat_ws(',', nullif(current_setting('docket.outbox', true), ''),
    string_agg(id::text, ',')), true) FROM written`,
  removing: removing(`string_to_array(current_setting('docket.outbox'), ',')::bigint[]`),
}

async function leadWith({ client, hold }: LockSession): Promise<OutboxLead> {
  try {
    await client.query(`LISTEN ${channel}`)
  } catch (error) {
    await hold.release()
    throw error
  }
  return {
    ...hold,
    async read(limit, withoutAggregates) {
      const { rows } = await client.query<StoredOutboxRow & { time: Date | string }>(
        `
        SELECT id, event_id AS "eventId", aggregatetype, aggregateid, type, sequence, time, traceparent, payload::text AS payload
        FROM outbox ${withoutAggregates.length > 0 ? 'WHERE aggregateid <> ALL($2::text[])' : ''} ORDER BY id LIMIT $1`,
        withoutAggregates.length > 0 ? [limit, withoutAggregates] : [limit],
      )
      return rows.map(row => ({
        ...row,
        id: String(row.id),
        time: new Date(row.time).toISOString(),
        traceparent: row.traceparent ?? undefined,
      }))
    },
    async remove(ids) {
      if (ids.length > 0) await client.query(removing('$1::bigint[]'), [ids])
    },
    onNotification(wake) {
      client.on('notification', wake)
    },
  }
}

const goodbyeMs = 1_000

/** Says goodbye, and does not wait for an answer that a half-open connection never gives. */
async function ended(client: pg.Client): Promise<void> {
  const ended = client.end()
  await Promise.race([ended, pause(goodbyeMs, undefined, { ref: false })])
  ended.catch(() => undefined) // it is gone either way
}
