import type mysql from 'mysql2/promise'
import { databaseLocation, type DatabaseTls } from '@docket/foundation/database-url.ts'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'

export interface Limits {
  connectMs: number
  statementMs: number
}

export const usualLimits: Limits = { connectMs: 3_000, statementMs: 15_000 }

/** Settings of every connection. Times are UTC; a number that JavaScript cannot hold exactly would come as text. */
export function connection(text: string, { connectMs }: Limits): mysql.ConnectionOptions {
  const { url, tls } = databaseLocation(text)
  return {
    uri: url,
    ...(tls && { ssl: sslOf(tls) }),
    timezone: 'Z',
    connectTimeout: connectMs,
    supportBigNumbers: true,
    charset: 'utf8mb4',
    enableKeepAlive: true,
    keepAliveInitialDelay: 5_000,
    multipleStatements: false,
    jsonStrings: true,
    maxPreparedStatements: 200, // each is kept by the server too, for each connection
  }
}

const sslOf = ({ verifiesIssuer, verifiesHost, ...files }: DatabaseTls) => ({
  ...files,
  rejectUnauthorized: verifiesIssuer,
  verifyIdentity: verifiesHost, // unless told to, mysql2 takes a certificate of any host
})

export interface Result<Row> {
  rows: Row[]
  rowCount: number
  insertId?: number
}

export interface Statements {
  /** A prepared statement: the one way for values from outside. */
  execute<Row>(sql: string, values?: readonly unknown[]): Promise<Result<Row>>
  /** A statement whose text is ours alone; `query` of mysql2 would put an array or an object into the SQL text. */
  query<Row>(sql: string): Promise<Result<Row>>
  ping(): Promise<void>
  giveUp(): void
}

/**
 * Gives every statement a time limit. mysql2's own begins after a statement is prepared, and leaves the connection
 * busy. Here a connection whose statement is late is discarded: what it will still do is unknown.
 */
export function limited(client: mysql.Connection, limitMs: number): Statements {
  const answered = <T>(what: string, work: Promise<T>) => within(limitMs, what, work, () => client.destroy())
  return {
    execute: async (sql, values = []) =>
      toResult(await answered(sql, client.execute(sql, values as mysql.ExecuteValues))), // it is not written to
    query: async sql => toResult(await answered(sql, client.query(sql))),
    ping: () => answered('ping', client.ping()),
    giveUp: () => client.destroy(),
  }
}

function toResult<Row>([result]: [mysql.QueryResult, unknown]): Result<Row> {
  if (Array.isArray(result)) return { rows: result as Row[], rowCount: result.length }
  return { rows: [], rowCount: result.affectedRows, insertId: result.insertId }
}

export const within = <T>(limitMs: number, what: string, work: Promise<T>, onLate: () => void): Promise<T> =>
  withTimeLimit(
    limitMs,
    work,
    () =>
      Object.assign(new Error(`no answer from the database within ${limitMs} ms: ${what.trim().slice(0, 100)}`), {
        code: 'ETIMEDOUT',
      }),
    onLate,
  )
