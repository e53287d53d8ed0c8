import pg from 'pg'
import { databaseLocation, nodeTls } from '@docket/foundation/database-url.ts'

export async function query<Row>(
  database: string,
  sql: string,
  values: readonly unknown[] = [],
  queryMs = 10_000,
): Promise<Row[]> {
  const { url, tls } = databaseLocation(database)
  const client = new pg.Client({
    connectionString: url,
    ...(tls && { ssl: nodeTls(tls) }),
    connectionTimeoutMillis: 5_000,
    query_timeout: queryMs,
    application_name: 'reconciliation',
  })
  client.on('error', () => undefined) // the query says it too
  await client.connect()
  try {
    return (await client.query(sql, [...values])).rows as Row[]
  } finally {
    await client.end()
  }
}
