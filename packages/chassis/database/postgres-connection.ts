import pg from 'pg'
import { arrayAsText } from './postgres-array.ts'
import { databaseLocation, nodeTls } from '@docket/foundation/database-url.ts'

const statementMs = 15_000

/** int8 as number: our amounts, counts and row ids stay below 2^53, and the contract says so. */
export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
} as pg.CustomTypesConfig

/** No call may wait forever, not even on a half-open connection. */
export function connection(text: string): pg.ClientConfig {
  const { url, tls } = databaseLocation(text)
  return {
    connectionString: url,
    ...(tls && { ssl: nodeTls(tls) }),
    types,
    connectionTimeoutMillis: 3_000,
    query_timeout: statementMs + 1_000,
    statement_timeout: statementMs,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  }
}

/**
 * For sessions with prepared statements: plans for large tables only, because the plan of such a statement is kept, even
 * if it was made while its tables were empty. Without these settings, the database's CPU per order more than doubled
 * within half a minute of load on a fresh database (docs/decisions/0032).
 */
export const plansForLargeTables = ['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off']
export const onePlanForAllValues = 'plan_cache_mode = force_generic_plan'

const names = new Map<string, string>()

/**
 * A statement that each connection parses and plans only once. With few rows, that takes longer than executing it. Its
 * text must be a constant, as connections keep them all. A statement without values is not prepared.
 */
export function prepared(text: string, values: readonly unknown[] = []): pg.QueryConfig {
  if (values.length === 0) return { text }
  const name = names.get(text) ?? `docket_${names.size}`
  names.set(text, name)
  return { name, text, values: values.map(arrayAsText) }
}
