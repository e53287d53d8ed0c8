import type { ServiceName } from '@docket/addresses/addresses.ts'
import type { Database } from '@docket/chassis/database/database.ts'
import { migrationFiles } from '@docket/chassis/database/migrations.ts'
import { aScratchDatabase, migrationsOf } from '@docket/test/support/database.ts'
import { aScratchMysqlDatabase } from '@docket/test/support/mysql.ts'

export async function describeSchema(db: Database): Promise<string> {
  const { rows: columns } = await db.read.query<{ table: string; line: string }>(`
    SELECT c.relname AS table, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
      || CASE a.attidentity WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY' ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') END AS line
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'migrations'
    ORDER BY c.relname, a.attnum`)
  const { rows: constraints } = await db.read.query<{ table: string; line: string }>(`
    SELECT c.relname AS table, pg_get_constraintdef(con.oid) AS line FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND con.contype <> 'n' AND c.relname <> 'migrations' ORDER BY c.relname, con.contype DESC, con.conname`)
  const { rows: indexes } = await db.read.query<{ table: string; line: string }>(`
    SELECT tablename AS table, indexdef AS line FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'migrations' AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY tablename, indexname`)
  const { rows: sequences } = await db.read.query<{ name: string }>(`
    SELECT c.relname AS name FROM pg_class c
    WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i') -- of an identity column
    ORDER BY c.relname`)
  const tables = [...new Set(columns.map(column => column.table))]
  const of = (list: { table: string; line: string }[], table: string) =>
    list.filter(one => one.table === table).map(one => one.line)
  return (
    [
      ...tables.map(table =>
        [
          `CREATE TABLE ${table} (`,
          [...of(columns, table), ...of(constraints, table)].map(line => `  ${line}`).join(',\n'),
          ');',
          ...of(indexes, table).map(line => `${line.replace('public.', '')};`),
        ].join('\n'),
      ),
      ...sequences.map(({ name }) => `CREATE SEQUENCE ${name};`),
    ].join('\n\n') + '\n'
  )
}

/** As the server itself prints it, because MySQL and MariaDB differ. */
async function describeMysqlSchema({ read }: Database): Promise<string> {
  const { rows } = await read.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name <> 'migrations' ORDER BY table_name`,
  )
  const tables: string[] = []
  for (const { name } of rows) {
    const { rows: created } = await read.query<{ 'Create Table': string }>(`SHOW CREATE TABLE \`${name}\``)
    tables.push(`${created[0]?.['Create Table'].replace(/ AUTO_INCREMENT=\d+/, '')};`)
  }
  return `${tables.join('\n\n')}\n`
}

export type Server = 'PostgreSQL' | 'MariaDB'

export const serverOf = (service: ServiceName): Server => (service === 'user-service' ? 'MariaDB' : 'PostgreSQL')

export async function schemaOf(folder: URL, server: Server): Promise<string> {
  const { db, drop } =
    server === 'MariaDB' ? await aScratchMysqlDatabase(folder) : await aScratchDatabase(folder, 'schema')
  try {
    return await (server === 'MariaDB' ? describeMysqlSchema(db) : describeSchema(db))
  } finally {
    await drop()
  }
}

export const schemaFile = async (service: ServiceName): Promise<string> =>
  (await schemaHeader(service)) + (await schemaOf(migrationsOf(service), serverOf(service)))

/** The header names the newest migration, so that an outdated file is noticed without a server. */
export async function schemaHeader(service: ServiceName): Promise<string> {
  const newest = (await migrationFiles(migrationsOf(service))).at(-1)?.name ?? 'none'
  return `-- Generated from migrations/ by \`npm run schema\`: what the tables look like after ${newest}.\n\n`
}
