import mysql from 'mysql2/promise'
import type { Database, StoredAnswer, Tx } from './database.ts'
import type { Logger } from './log.ts'
import { migrationFiles, pending } from './migrations.ts'
import { connection } from './mysql-connection.ts'
import { mysqlOutbox } from './mysql-outbox.ts'
import type { OutboxRow } from './outbox.ts'

export interface MysqlOptions {
  url: string
  /** Connections at the most. */
  pool: number
  log: Logger
  /** Called after the commit of a transaction that appended to the outbox. */
  onAppended(): void
}

/**
 * A MySQL or MariaDB database behind the interface that all services use. Needs the tables `outbox` and `idempotency_keys`.
 * Values go through `execute()` only: `query()` would put an array or an object into the SQL text.
 */
export function mysqlDatabase({ url, pool: max, log, onAppended }: MysqlOptions): Database {
  const pool = mysql.createPool({ ...connection(url), connectionLimit: max, maxIdle: max, idleTimeout: 60_000, waitForConnections: true, queueLimit: 1_000 })
  const inUse = new Set<mysql.PoolConnection>()

  const read: Tx = {
    query: (sql, values) => run(pool, sql, values),
    append: () => Promise.reject(new Error('events are sent in a transaction')),
    traceOf: () => undefined,
  }

  return {
    read,
    async transaction(work, causes) {
      const client = await pool.getConnection()
      inUse.add(client)
      let appended = false
      let broken = false
      const tx: Tx = {
        query: (sql, values) => run(client, sql, values),
        async append(rows) {
          appended = true
          await append(client, rows)
        },
        traceOf: key => typeof causes === 'string' ? causes : causes?.get(key),
      }
      try {
        await client.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED') // as in PostgreSQL: a statement sees what is committed
        await client.beginTransaction()
        const result = await work(tx)
        await client.commit()
        if (appended) onAppended()
        return result
      } catch (error) {
        broken = await client.rollback().then(() => false, () => true) // a connection that cannot roll back is thrown away
        throw error
      } finally {
        inUse.delete(client)
        if (broken) client.destroy()
        else client.release()
      }
    },
    claimKey, keepAnswer,
    async forgetAnswers() {
      return (await run(pool, 'DELETE FROM idempotency_keys WHERE created_at < CURRENT_TIMESTAMP(3) - INTERVAL 1 DAY')).rowCount
    },
    async ping() {
      await pool.query('SELECT 1')
    },
    outbox: mysqlOutbox(url, pool, log),
    migrate: folder => migrate(url, folder),
    isTransient,
    poolSize: () => ({ total: max, idle: max - inUse.size, waiting: 0 }),
    close: () => pool.end(),
  }
}

async function run<Row>(on: mysql.Pool | mysql.PoolConnection, sql: string, values: readonly unknown[] = []): Promise<{ rows: Row[]; rowCount: number }> {
  const [result] = await on.execute({ sql, timeout: 15_000 }, values as mysql.ExecuteValues)
  if (Array.isArray(result)) return { rows: result as Row[], rowCount: result.length }
  return { rows: [], rowCount: result.affectedRows }
}

async function append(client: mysql.PoolConnection, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return
  await run(client, `
    INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, traceparent, payload)
    VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
    rows.flatMap(row => [row.eventId, row.aggregatetype, row.aggregateid, row.type, row.sequence, new Date(row.time), row.traceparent ?? null, row.payload]))
}

/** The insert waits for a transaction that holds the same key, so two requests at once do the work once. */
async function claimKey(tx: Tx, scope: string, key: string, fingerprint: string): Promise<StoredAnswer | undefined> {
  const claimed = await tx.query('INSERT IGNORE INTO idempotency_keys (scope, `key`, fingerprint) VALUES (?, ?, ?)', [scope, key, fingerprint])
  if (claimed.rowCount === 1) return undefined
  const { rows } = await tx.query<{ fingerprint: string; status: number; headers: string | null; body: string | null }>(
    'SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = ? AND `key` = ?', [scope, key])
  const [row] = rows
  if (!row) throw new Error(`idempotency key ${key}: claimed by another, then gone`)
  return { ...row, headers: JSON.parse(row.headers ?? '{}'), body: row.body === null ? undefined : JSON.parse(row.body) }
}

async function keepAnswer(tx: Tx, scope: string, key: string, { status, headers, body }: StoredAnswer): Promise<void> {
  await tx.query('UPDATE idempotency_keys SET status = ?, headers = ?, body = ? WHERE scope = ? AND `key` = ?',
    [status, JSON.stringify(headers), body === undefined ? null : JSON.stringify(body), scope, key])
}

async function migrate(url: string, folder: URL): Promise<string[]> {
  const files = await migrationFiles(folder)
  const client = await mysql.createConnection({ ...connection(url), multipleStatements: true })
  client.on('error', () => undefined) // the statement that was under way rejects with it
  try {
    await client.query(`SELECT GET_LOCK(CONCAT(DATABASE(), '.migrations'), 600)`)
    await client.query('CREATE TABLE IF NOT EXISTS migrations (name VARCHAR(100) PRIMARY KEY, applied_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3))')
    const [rows] = await client.query('SELECT name FROM migrations ORDER BY name')
    const needed = pending(files, (rows as { name: string }[]).map(row => row.name))
    for (const { name, up } of needed) {
      await client.query(up) // MySQL commits after each statement that changes the schema: one table a file is safest
      await client.execute('INSERT INTO migrations (name) VALUES (?)', [name])
    }
    return needed.map(({ name }) => name)
  } finally {
    client.destroy() // ends the session, and with it the lock
  }
}

const transientCodes = new Set([
  'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH',
  'ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CON_COUNT_ERROR', 'ER_SERVER_SHUTDOWN', 'ER_NORMAL_SHUTDOWN', 'ER_QUERY_INTERRUPTED', 'ER_CONNECTION_KILLED', 'ER_QUERY_TIMEOUT',
  'POOL_CLOSED', 'ER_NEW_ABORTING_CONNECTION',
])
const transientMessage = /closed state|Pool is closed|Queue limit reached|Connection lost/i

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (transientCodes.has(code) || transientMessage.test(error.message)) return true
  return error.cause !== undefined && isTransient(error.cause)
}
