import pg from 'pg'
import type { Logger } from '../log.ts'
import { advisoryLocks } from './advisory-locks.ts'
import type { Database, Schema } from './database.ts'
import { migrationFiles, pending } from './migrations.ts'
import { connection } from './postgres-connection.ts'
import { lockSession } from './postgres-lock-session.ts'

const statementMs = 600_000 // a migration may rewrite a table, and a count reads all of it

/**
 * Migrating up waits for another process as long as it must. Migrating down is a command that an operator watches, while
 * the current release is serving.
 */
const patience = { up: '0', down: '5s' }
/**
 * For a table that somebody reads, as a backup does for an hour: whatever the current release asks of that table waits
 * behind a migration that waits for it.
 */
const tablePatience = '2s'

export const postgresSchema = (url: string, log: Logger): Pick<Database, 'migrate' | 'schema' | 'showReplica'> => ({
  async migrate(folder) {
    const applied = await alone(url, log, patience.up, client => migrate(client, folder))
    await endForgottenSessions(url, log).catch(error =>
      log.warn({ err: error }, 'PostgreSQL was not told to end sessions that leave a transaction open'),
    )
    return applied
  },
  schema: work => alone(url, log, patience.down, client => work(schemaOf(client))),
  async showReplica(migrations) {
    const session = await lockSession(url, {
      name: 'replica',
      forgottenSeconds: 60, // a process that stalled for less time finds the schema as it was
      async acquire(client) {
        await client.query('SELECT pg_advisory_lock_shared($1, $2)', [advisoryLocks.replica, migrations])
        return true
      },
    })
    if (!session) throw new Error('a shared lock was refused')
    return session.hold
  },
})

async function alone<T>(
  url: string,
  log: Logger,
  lockTimeout: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ ...connection(url), statement_timeout: 0, query_timeout: statementMs })
  // the statement in progress rejects with it
  client.on('error', error => log.debug({ err: error }, 'the migration connection was lost'))
  await client.connect()
  try {
    await client.query(`SET lock_timeout = '${lockTimeout}'`)
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLocks.migrations]).catch(explained)
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    )
    return await work(client)
  } finally {
    await client.end() // ends the session, and with it an open transaction and the lock
  }
}

const lockNotAvailable = '55P03'

function explained(error: Error): never {
  const isLate = 'code' in error && error.code === lockNotAvailable
  throw isLate ? new Error('another process is migrating this database', { cause: error }) : error
}

/**
 * A session of psql with an open transaction that somebody has forgotten holds the rows that it has changed, and all
 * that needs them waits, for days. PostgreSQL ends it after a minute, unless this server, database or role has a setting
 * of its own, or the database belongs to another role.
 */
async function endForgottenSessions(url: string, log: Logger): Promise<void> {
  const { idle_in_transaction_session_timeout: _ours, ...others } = connection(url)
  const client = new pg.Client(others)
  client.on('error', error => log.debug({ err: error }, 'the connection for a setting was lost'))
  await client.connect()
  try {
    await client.query(`
      DO $$ BEGIN
        IF current_setting('idle_in_transaction_session_timeout') = '0' AND EXISTS (
          SELECT FROM pg_database AS d WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE') AND NOT EXISTS (
            SELECT FROM pg_db_role_setting
            WHERE setdatabase = d.oid AND setrole = 0 AND setconfig::text LIKE '%idle_in_transaction_session_timeout%'))
        THEN
          EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '1min');
        END IF;
      END $$`)
  } finally {
    await client.end()
  }
}

async function applied(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY name')
  return rows.map(({ name }) => name)
}

async function migrate(client: pg.Client, folder: URL): Promise<string[]> {
  const needed = pending(await migrationFiles(folder), await applied(client))
  await client.query(`SET lock_timeout = '${tablePatience}'`)
  for (const { name, up } of needed)
    await together(client, up, () => client.query('INSERT INTO migrations (name) VALUES ($1)', [name]))
  return needed.map(({ name }) => name)
}

async function together(client: pg.Client, sql: string, note: () => Promise<unknown>): Promise<void> {
  await client.query('BEGIN')
  await client.query(sql)
  await note()
  await client.query('COMMIT')
}

const schemaOf = (client: pg.Client): Schema => ({
  applied: () => applied(client),
  async replicasBeyond(migrations) {
    const { rows } = await client.query<{ replicas: number }>(
      `
      SELECT count(*)::int AS replicas FROM pg_locks
      WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::int = $1 AND objid::int > $2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [advisoryLocks.replica, migrations],
    )
    return rows[0]?.replicas ?? 0
  },
  async count({ table, column }) {
    const { rows: columns } = await client.query<{ name: string; usual: string | null }>(
      `
      SELECT column_name AS name, column_default AS usual FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = $1`,
      [table],
    )
    const found = columns.find(({ name }) => column === undefined || name === column)
    if (!found) return undefined
    const { rows } = await client.query<{ rows: number; filled: number }>(
      `SELECT count(*)::int AS rows, ${column === undefined ? 'count(*)' : filled(column, found.usual)}::int AS filled FROM "${table}"`,
    )
    return rows[0]
  },
  revert: ({ name, down }) =>
    together(client, down, () => client.query('DELETE FROM migrations WHERE name = $1', [name])),
})

/** A computed default may differ from row to row. */
const filled = (column: string, usual: string | null) =>
  `count(*) FILTER (WHERE "${column}"::text IS DISTINCT FROM (${usual === null || usual.includes('(') ? 'NULL' : usual})::text)`
