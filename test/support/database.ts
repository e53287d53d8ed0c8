import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import pg from 'pg'
import { query } from '@docket/reconciliation/query.ts'
import { logger } from '@docket/chassis/log.ts'
import { migrationFiles } from '@docket/chassis/database/migrations.ts'
import { postgresDatabase } from '@docket/chassis/database/postgres.ts'
import type { Database } from '@docket/chassis/database/database.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'

const silent = logger('test', 'fatal')

export type ServiceName = 'order-service' | 'inventory-service' | 'payment-service' | 'shipping-service'

export async function aDatabase(
  t: ExecutionContext<unknown>,
  service: ServiceName,
): Promise<Database & { url: string }> {
  const { db, url, drop } = await aScratchDatabase(migrationsOf(service), t.title)
  t.teardown(drop)
  return { ...db, url }
}

export const migrationsOf = (service: ServiceName | 'user-service') =>
  new URL('migrations/', import.meta.resolve(`@docket/${service}/package.json`))

export interface ScratchDatabase {
  db: Database
  url: string
  drop(): Promise<void>
}

export async function aScratchDatabase(folder: URL, what: string): Promise<ScratchDatabase> {
  const name = `test_${process.pid}_${createHash('sha256').update(`${what} ${process.hrtime.bigint()}`).digest('hex').slice(0, 12)}`
  const admin = new pg.Client({ connectionString: adminUrl() })
  await admin.connect()
  const template = await templateOf(admin, folder)
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  await admin.end()
  const url = adminUrl(name)
  // all tests of a file begin together, and in such a crowd a connection may take longer than a service waits for one
  const db = postgresDatabase({ url, pool: 8, log: silent, onAppended: () => undefined, connectMs: 30_000 })
  return {
    db,
    url,
    async drop() {
      await db.close()
      await dropDatabase(name)
    },
  }
}

export function adminUrl(database = 'postgres'): string {
  const { dir, postgres } = addresses()
  const { user, password } = secrets(dir).postgresAdmin
  return `postgres://${user}:${password}@${postgres.host}:${postgres.port}/${database}`
}

export const expectPostgres = async (): Promise<void> => void (await query(adminUrl(), 'SELECT 1'))

const dropDatabase = (name: string) => query(adminUrl(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, [], 60_000)

const templateLock = 7_105_100

async function templateOf(admin: pg.Client, folder: URL): Promise<string> {
  const state = createHash('sha256')
    .update(JSON.stringify(await migrationFiles(folder)))
    .digest('hex')
    .slice(0, 12)
  const template = `template_${state}`
  await admin.query('SELECT pg_advisory_lock($1)', [templateLock]) // test files run side by side: one of them makes it
  const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [template])
  if (rowCount === 0) {
    await admin.query(`CREATE DATABASE ${template}_new`)
    const db = postgresDatabase({ url: adminUrl(`${template}_new`), pool: 1, log: silent, onAppended: () => undefined })
    await db.migrate(folder)
    await db.close()
    await admin.query(`ALTER DATABASE ${template}_new RENAME TO ${template}`)
  }
  await admin.query('SELECT pg_advisory_unlock($1)', [templateLock])
  return template
}
