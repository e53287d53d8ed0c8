import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { root, type Addresses } from '@docket/addresses/addresses.ts'
import { databases, environmentOf } from '@docket/addresses/environment.ts'
import { password, secrets } from '@docket/addresses/secrets.ts'
import { query } from '@docket/reconciliation/query.ts'
import { adminUrl } from '@docket/test/support/database.ts'

export interface DebeziumPasswords {
  postgres: string
  mariadb: string
}

const postgresServices = Object.keys(databases) as (keyof typeof databases)[] // the keys of a Record

const statementsOf = (file: string) =>
  readFileSync(join(root, 'docs/debezium', file), 'utf8')
    .replaceAll(/^--.*$/gm, '')
    .split(';')
    .map(statement => statement.trim())
    .filter(Boolean)

export async function withMariadb<T>(at: Addresses, work: (client: mysql.Connection) => Promise<T>): Promise<T> {
  const client = await mysql.createConnection({ ...at.mariadb, ...secrets(at.dir).mariadbRoot, database: 'users' })
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Makes Debezium's accounts, with the rights that docs/debezium names. The services have made their tables. */
export async function admitDebezium(at: Addresses): Promise<DebeziumPasswords> {
  const passwords = { postgres: password(), mariadb: password() }
  await query(adminUrl(), `CREATE ROLE debezium LOGIN REPLICATION PASSWORD '${passwords.postgres}'`)
  await query(adminUrl(), `GRANT CONNECT ON DATABASE ${Object.values(databases).join(', ')} TO debezium`)
  for (const service of postgresServices)
    for (const statement of statementsOf('postgres.sql')) await query(urlOf(at, service), statement)
  await withMariadb(at, async client => {
    await client.query('CREATE USER debezium IDENTIFIED BY ?', [passwords.mariadb])
    for (const statement of statementsOf('mariadb.sql')) await client.query(statement)
  })
  return passwords
}

/** The database of a service, as the service itself. */
export const urlOf = (at: Addresses, service: keyof typeof databases) =>
  environmentOf(service, at, secrets(at.dir)).DATABASE_URL ?? ''

export async function slotsBehind(): Promise<Record<string, number>> {
  const rows = await query<{ slot: string; bytes: string }>(
    adminUrl(),
    `SELECT slot_name AS slot, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) AS bytes
     FROM pg_replication_slots ORDER BY slot_name`,
  )
  return Object.fromEntries(rows.map(({ slot, bytes }) => [slot, Number(bytes)]))
}

export async function writtenSoFar(): Promise<string> {
  const [row] = await query<{ lsn: string }>(adminUrl(), 'SELECT pg_current_wal_lsn()::text AS lsn')
  return row?.lsn ?? ''
}

export async function slotsBefore(lsn: string): Promise<string[]> {
  const rows = await query<{ slot: string }>(
    adminUrl(),
    'SELECT slot_name AS slot FROM pg_replication_slots WHERE confirmed_flush_lsn < $1::pg_lsn OR confirmed_flush_lsn IS NULL',
    [lsn],
  )
  return rows.map(({ slot }) => slot)
}

/** The last transaction in MariaDB's log, as its GTID. */
export const lastGtid = (at: Addresses) =>
  withMariadb(at, async client => {
    const [rows] = await client.query('SELECT @@gtid_binlog_pos AS gtid')
    return (rows as { gtid: string }[])[0]?.gtid ?? '' // one row, as asked for
  })

/** Drops the slots and publications: without a connector they would hold back the log for ever. */
export async function dropSlots(at: Addresses): Promise<void> {
  await query(adminUrl(), 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active')
  for (const service of postgresServices) await query(urlOf(at, service), 'DROP PUBLICATION docket_outbox')
}

export async function rowsLeft(at: Addresses): Promise<number> {
  const counts = await Promise.all(
    postgresServices.map(async service => {
      const [row] = await query<{ n: number }>(urlOf(at, service), 'SELECT count(*)::int AS n FROM outbox')
      return row?.n ?? 0
    }),
  )
  const users = await withMariadb(at, async client => {
    const [rows] = await client.query('SELECT COUNT(*) AS n FROM outbox')
    return Number((rows as { n: number }[])[0]?.n)
  })
  return counts.reduce((sum, n) => sum + n, users)
}
