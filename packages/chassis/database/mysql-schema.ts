import mysql from 'mysql2/promise'
import type { Logger } from '../log.ts'
import type { Database, Schema } from './database.ts'
import { halfReverted, migrationFiles, pending, type Migration } from './migrations.ts'
import { connection, limited, type Limits, type Statements } from './mysql-connection.ts'
import { lockSession } from './mysql-lock-session.ts'
import { statementsOf } from './sql-statements.ts'

const migrationMs = 600_000

/** Who migrates waits as long as it has to; the way back is a command that an operator looks at, beside a release that works. */
const patience = {
  up: { lockSeconds: migrationMs / 2_000, complaint: 'another process has been migrating this database for minutes' },
  down: { lockSeconds: 5, complaint: 'another process is migrating this database' },
}

export const mysqlSchema = (
  url: string,
  limits: Limits,
  log: Logger,
): Pick<Database, 'migrate' | 'schema' | 'showReplica'> => ({
  migrate: folder => alone(url, limits, log, patience.up, client => migrate(client, folder)),
  schema: work =>
    alone(url, limits, log, patience.down, async client => {
      await client.query('SET SESSION lock_wait_timeout = 5')
      return work(schemaOf(client))
    }),
  async showReplica(migrations) {
    const session = await lockSession(url, limits, {
      name: 'replica',
      forgottenSeconds: 60, // one that stood still for less comes back to the schema that it knows
      acquire: client => acquireSlot(client, migrations),
    })
    if (!session) throw new Error(`${replicaSlots} replicas of this release are up: that is the limit`)
    return session.hold
  },
})

async function alone<T>(
  url: string,
  limits: Limits,
  log: Logger,
  { lockSeconds, complaint }: (typeof patience)['up'],
  work: (client: Statements) => Promise<T>,
): Promise<T> {
  const client = await mysql.createConnection({ ...connection(url, limits), multipleStatements: true })
  // the statement under way rejects with it
  client.on('error', error => log.debug({ err: error }, 'the migration connection was lost'))
  const statements = limited(client, migrationMs)
  try {
    const {
      rows: [lock],
    } = await statements.query<{ held: number | null }>(
      `SELECT GET_LOCK(CONCAT(DATABASE(), '.migrations'), ${lockSeconds}) AS held`,
    )
    if (lock?.held !== 1) throw new Error(complaint)
    await statements.query(
      'CREATE TABLE IF NOT EXISTS migrations (name VARCHAR(100) PRIMARY KEY, applied_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3))',
    )
    return await work(statements)
  } finally {
    client.destroy() // ends the session, and with it the lock
  }
}

async function applied({ query }: Statements): Promise<string[]> {
  const { rows } = await query<{ name: string }>('SELECT name FROM migrations ORDER BY name')
  return rows.map(({ name }) => name)
}

async function migrate(client: Statements, folder: URL): Promise<string[]> {
  const needed = pending(await migrationFiles(folder), await applied(client))
  for (const { name, up } of needed) {
    await client.query(up) // MySQL commits after each statement that changes the schema: one table a file is safest
    await client.execute('INSERT INTO migrations (name) VALUES (?)', [name])
  }
  return needed.map(({ name }) => name)
}

// MySQL has no lock that several share: each replica has one of these
const replicaSlots = 100
const replicaLock = (migrations: number, slot: number) => `CONCAT(DATABASE(), '.replica.${migrations}.${slot}')`

async function acquireSlot(client: Statements, migrations: number): Promise<boolean> {
  for (let slot = 0; slot < replicaSlots; slot++) {
    const { rows } = await client.query<{ holds: number | null }>(
      `SELECT GET_LOCK(${replicaLock(migrations, slot)}, 0) AS holds`,
    )
    if (rows[0]?.holds === 1) return true
  }
  return false
}

const schemaOf = (client: Statements): Schema => ({
  applied: () => applied(client),
  async replicasBeyond(migrations, known) {
    let replicas = 0
    for (let number = migrations + 1; number <= known; number++) {
      const locks = Array.from({ length: replicaSlots }, (_, slot) => replicaLock(number, slot))
      const { rows } = await client.query<{ replicas: number }>(
        `SELECT COUNT(IS_USED_LOCK(name)) AS replicas FROM (SELECT ${locks.join(' AS name UNION ALL SELECT ')}) AS slots`,
      )
      replicas += rows[0]?.replicas ?? 0
    }
    return replicas
  },
  async count({ table, column }) {
    const { rows: columns } = await client.execute<{ name: string }>(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?',
      [table],
    )
    if (!columns.some(({ name }) => column === undefined || name === column)) return undefined
    const filled = column === undefined ? 'TRUE' : `NOT (\`${column}\` <=> DEFAULT(\`${column}\`))`
    const { rows } = await client.query<{ rows: number; filled: number }>(
      `SELECT COUNT(*) AS \`rows\`, COUNT(IF(${filled}, 1, NULL)) AS filled FROM \`${table}\``,
    )
    return rows[0]
  },
  revert: migration => revert(client, migration),
})

const isGone = (error: unknown) =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ER_BAD_TABLE_ERROR' || error.code === 'ER_CANT_DROP_FIELD_OR_KEY')

/**
 * MySQL commits after each statement. Until the last one its name says that the migration is reverted in part: then no
 * release starts that needs it, and who begins again may find things deleted.
 */
async function revert({ query, execute }: Statements, { name, down }: Migration): Promise<void> {
  const marked = name + halfReverted
  const { rowCount } = await execute('SELECT name FROM migrations WHERE name = ?', [marked])
  if (rowCount === 0) await execute('UPDATE migrations SET name = ? WHERE name = ?', [marked, name])
  for (const statement of statementsOf(down)) {
    try {
      await query(statement)
    } catch (error) {
      if (rowCount === 0 || !isGone(error)) throw error
    }
  }
  await execute('DELETE FROM migrations WHERE name = ?', [marked])
}
