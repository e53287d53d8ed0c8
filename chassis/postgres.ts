import pg from 'pg'
import { through } from '@docket/kafka/failpoint.ts'
import type { Database, StoredAnswer, Tx } from './database.ts'
import type { Logger } from './log.ts'
import { migrationFiles, pending } from './migrations.ts'
import type { OutboxRow } from './outbox.ts'
import { connection } from './postgres-connection.ts'
import { postgresOutbox } from './postgres-outbox.ts'

export interface PostgresOptions {
  url: string
  /** Connections at the most. */
  pool: number
  log: Logger
  /** Called after the commit of a transaction that appended to the outbox. */
  onAppended(): void
}

/** A PostgreSQL database behind the interface that all services use. Needs the tables `outbox` and `idempotency_keys`. */
export function postgresDatabase({ url, pool: max, log, onAppended }: PostgresOptions): Database {
  const pool = new pg.Pool({ ...connection(url), max, idleTimeoutMillis: 60_000 })
  const lost = (error: Error) => log.warn({ err: error }, 'a database connection was lost')
  pool.on('error', lost) // without a listener a terminated backend ends the process (node-postgres #2762)
  pool.on('connect', client => client.on('error', lost)) // and the same for one that is checked out

  const read: Tx = {
    query: (sql, values) => run(pool, sql, values),
    append: () => Promise.reject(new Error('events are sent in a transaction')),
    traceOf: () => undefined,
    afterCommit: work => work(),
  }

  return {
    read,
    async transaction(work, causes) {
      const client = await pool.connect()
      let broken: Error | undefined
      let appended = false
      const committed: (() => void)[] = []
      const tx: Tx = {
        query: (sql, values) => run(client, sql, values),
        async append(rows) {
          appended = true
          await append(client, rows)
        },
        traceOf: key => typeof causes === 'string' ? causes : causes?.get(key),
        afterCommit: work => void committed.push(work),
      }
      try {
        await client.query('BEGIN')
        const result = await work(tx)
        await through('commit', () => client.query('COMMIT'))
        if (appended) onAppended()
        for (const work of committed) work()
        return result
      } catch (error) {
        broken = await rollback(client)
        throw error
      } finally {
        client.release(broken)
      }
    },
    claimKey, keepAnswer,
    async forgetAnswers() {
      const { rowCount } = await pool.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'`)
      return rowCount ?? 0
    },
    async ping() {
      await pool.query('SELECT 1')
    },
    outbox: postgresOutbox(url, pool, log),
    migrate: folder => migrate(url, folder, log),
    isTransient,
    poolSize: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}

async function run<Row>(on: pg.Pool | pg.PoolClient, sql: string, values: readonly unknown[] = []): Promise<{ rows: Row[]; rowCount: number }> {
  const { rows, rowCount } = await on.query(sql, values as unknown[]) // pg does not write to it
  return { rows, rowCount: rowCount ?? 0 }
}

/** The error that makes the connection unusable, if the rollback failed too. */
async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function append(client: pg.PoolClient, rows: readonly OutboxRow[]): Promise<void> {
  await client.query(`
    INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, traceparent, payload)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::text[], $8::json[])`,
    [
      rows.map(row => row.eventId), rows.map(row => row.aggregatetype), rows.map(row => row.aggregateid), rows.map(row => row.type),
      rows.map(row => row.sequence), rows.map(row => row.time), rows.map(row => row.traceparent ?? null), rows.map(row => row.payload),
    ])
}

/** The insert waits for a transaction that holds the same key, so two requests at once do the work once. */
async function claimKey(tx: Tx, scope: string, key: string, fingerprint: string): Promise<StoredAnswer | undefined> {
  const claimed = await tx.query(
    'INSERT INTO idempotency_keys (scope, key, fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [scope, key, fingerprint])
  if (claimed.rowCount === 1) return undefined
  const { rows } = await tx.query<StoredAnswer>(
    'SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = $1 AND key = $2', [scope, key])
  const [row] = rows
  if (!row) throw new Error(`idempotency key ${key}: claimed by another, then gone`)
  return row
}

async function keepAnswer(tx: Tx, scope: string, key: string, { status, headers, body }: StoredAnswer): Promise<void> {
  await tx.query('UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE scope = $1 AND key = $2',
    [scope, key, status, JSON.stringify(headers), body === undefined ? null : JSON.stringify(body)])
}

const migrationLock = 7_105_001 // any number that all releases agree on

async function migrate(url: string, folder: URL, log: Logger): Promise<string[]> {
  const files = await migrationFiles(folder)
  const client = new pg.Client({ ...connection(url), statement_timeout: 0, query_timeout: 600_000, lock_timeout: 0 })
  client.on('error', error => log.debug({ err: error }, 'the connection that migrates was lost')) // the statement under way rejects with it
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await client.query('CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())')
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY name')
    const needed = pending(files, rows.map(row => row.name))
    for (const { name, up } of needed) {
      await client.query('BEGIN')
      await client.query(up)
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name])
      await client.query('COMMIT')
    }
    return needed.map(({ name }) => name)
  } finally {
    await client.end() // ends the session, and with it an open transaction and the lock
  }
}

const transientClasses = new Set(['08', '40', '53', '55', '57', '58']) // connection, rollback, resources, not available, operator, system
const transientCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const transientMessage = /connection terminated|timeout|not queryable|Client has encountered a connection error|Cannot use a pool after/i

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (transientCodes.has(code) || (code.length === 5 && transientClasses.has(code.slice(0, 2)))) return true
  if (code === '' && transientMessage.test(error.message)) return true
  return error.cause !== undefined && isTransient(error.cause)
}
