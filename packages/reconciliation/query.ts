import pg from 'pg'

/** Runs one query over a connection of its own, with time limits. */
export async function query<Row>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
  queryMs = 10_000,
): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
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
