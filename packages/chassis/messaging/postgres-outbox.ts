import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { forgottenSeconds, keepAlive } from '../database/lock-session.ts'
import type { Logger } from '../log.ts'
import type { OutboxLead, OutboxStore, StoredOutboxRow } from './outbox-store.ts'
import { connection } from '../database/postgres-connection.ts'

const relayLock = 7_105_002
const channel = 'outbox'
const statementMs = 5_000 // all of the relay's are short; after this time a half-open connection is noticed

/** The outbox as the relay sees it. The lock is the session's: who loses the connection has lost the lock. */
export function postgresOutbox(url: string, pool: pg.Pool, log: Logger): OutboxStore {
  let nudging = false
  return {
    async lead() {
      const client = new pg.Client({ ...connection(url), application_name: 'outbox-relay', query_timeout: statementMs })
      const lost = new AbortController()
      client.on('error', error => lost.abort(error))
      client.on('end', () => lost.abort(new Error('the connection that held the lock of the outbox has ended')))
      await client.connect()
      try {
        await client.query(`SET idle_session_timeout = '${forgottenSeconds}s'`)
        // a removal that a crash undoes means that an event is published twice; its consumers recognize duplicates
        await client.query('SET synchronous_commit = off')
        const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1) AS leads', [relayLock])
        if (rows[0]?.leads) return await leadWith(client, lost)
      } catch (error) {
        await ended(client)
        throw error
      }
      await ended(client)
      return undefined
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
      const { rows } = await pool.query<{ rows: number; seconds: number }>(`
        SELECT count(*) AS rows, coalesce(extract(epoch FROM now() - min(time)), 0)::float8 AS seconds
        FROM (SELECT time FROM outbox ORDER BY id LIMIT 100000) AS waiting`)
      return { rows: rows[0]?.rows ?? 0, oldestSeconds: Math.max(0, rows[0]?.seconds ?? 0) }
    },
  }
}

/**
 * Of each aggregate the last event is kept, for `resendLast`. In one statement with the removal: a crash undoes both, and
 * the event is sent again. A repetition has no higher sequence and writes nothing.
 */
const removing = `
  WITH sent AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING *)
  INSERT INTO last_events AS kept (aggregateid, event_id, aggregatetype, type, sequence, time, traceparent, payload)
  SELECT DISTINCT ON (aggregateid) aggregateid, event_id, aggregatetype, type, sequence, time, traceparent, payload
  FROM sent ORDER BY aggregateid, sequence DESC
  ON CONFLICT (aggregateid) DO UPDATE SET event_id = excluded.event_id, type = excluded.type, sequence = excluded.sequence,
    time = excluded.time, traceparent = excluded.traceparent, payload = excluded.payload
  WHERE kept.sequence < excluded.sequence`

async function leadWith(client: pg.Client, lost: AbortController): Promise<OutboxLead> {
  await client.query(`LISTEN ${channel}`)
  const stopKeepAlive = keepAlive(() => client.query('SELECT 1'), lost)
  return {
    lost: lost.signal,
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
      if (ids.length > 0) await client.query(removing, [ids])
    },
    onNotification(wake) {
      client.on('notification', wake)
    },
    async release() {
      stopKeepAlive()
      await ended(client)
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
