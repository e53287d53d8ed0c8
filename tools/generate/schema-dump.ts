import type { Database } from '@docket/chassis/database/database.ts'

/** The tables of a PostgreSQL database as SQL that a person can read: columns, constraints, indexes, by name. */
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
  const tables = [...new Set(columns.map(column => column.table))]
  const of = (list: { table: string; line: string }[], table: string) =>
    list.filter(one => one.table === table).map(one => one.line)
  return (
    tables
      .map(table =>
        [
          `CREATE TABLE ${table} (`,
          [...of(columns, table), ...of(constraints, table)].map(line => `  ${line}`).join(',\n'),
          ');',
          ...of(indexes, table).map(line => `${line.replace('public.', '')};`),
        ].join('\n'),
      )
      .join('\n\n') + '\n'
  )
}

export const schemaHeader = '-- Generated from migrations/ by `npm run schema`. What the tables look like now.\n\n'
