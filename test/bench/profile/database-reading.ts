import { databases } from '@docket/addresses/environment.ts'
import { query } from '@docket/reconciliation/query.ts'
import { adminUrl } from '@docket/test/support/database.ts'

/** What PostgreSQL has counted so far. */
export interface DatabaseReading {
  transactions: Record<string, number>
  log: { flushes: number; records: number; bytes: number }
}

/**
 * A backend reports what it has done once a second, and up to ten seconds later when it is idle. That goes for the first
 * and the second reading alike, when each comes after load.
 */
export async function readDatabases(): Promise<DatabaseReading> {
  const names = Object.values(databases)
  const [transactions, [log]] = await Promise.all([
    query<{ name: string; count: number }>(
      adminUrl(),
      'SELECT datname AS name, (xact_commit + xact_rollback)::float8 AS count FROM pg_stat_database WHERE datname = ANY ($1)',
      [names],
    ),
    query<DatabaseReading['log']>(
      adminUrl(),
      `SELECT wal_records::float8 AS records, wal_bytes::float8 AS bytes,
              (SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal') AS flushes -- PostgreSQL 18
       FROM pg_stat_wal`,
    ),
  ])
  if (log === undefined) throw new Error('pg_stat_wal has no row')
  return { transactions: Object.fromEntries(transactions.map(({ name, count }) => [name, count])), log }
}
