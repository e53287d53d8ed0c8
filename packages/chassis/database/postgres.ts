import pg from 'pg'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { asError, hasCodeOf } from '@docket/foundation/errors.ts'
import { advisoryLocks } from './advisory-locks.ts'
import {
  onlyInTransactions,
  type Database,
  type KeptAnswer,
  type KeyedRequest,
  type StoredAnswer,
  type Tx,
} from './database.ts'
import { nameOf } from '../http/idempotency.ts'
import { refused, type Refused } from '../refused.ts'
import type { Logger } from '../log.ts'
import type { OutboxMode, OutboxRow, StoredOutboxRow } from '../messaging/outbox-store.ts'
import { isNotBegun, notBegun, unlessAnswered } from './outcome.ts'
import { batching } from './postgres-batch.ts'
import { connection, onePlanForAllValues, plansForLargeTables, prepared } from './postgres-connection.ts'
import { postgresSchema } from './postgres-schema.ts'
import { postgresOutbox, writtenHere } from '../messaging/postgres-outbox.ts'

export interface PostgresOptions {
  url: string
  pool: number
  log: Logger
  /** With the rows as they would be read, except for those that Debezium sends. */
  onAppended(stored: readonly StoredOutboxRow[]): void
  /** Unless given: relay. */
  outbox?: OutboxMode
  /** How long a request waits for a connection. Unless given, as long as any does: `connection`. */
  connectMs?: number
}

export function postgresDatabase(options: PostgresOptions): Database {
  const { url, pool: max, log, onAppended, outbox = 'relay', connectMs } = options
  const pool = openPool(url, max, connectMs, log)
  const reports = reporting(url, log)
  const read: Tx = {
    query: async (text, values = []) => result(await pool.query(text, [...values])),
    change: onlyInTransactions,
    append: onlyInTransactions,
    traceOf: () => undefined,
    afterCommit: work => work(),
  }
  const transaction = transactions(pool, outbox, onAppended)

  return {
    read,
    report: reports.run,
    transaction,
    claimKeys,
    keepAnswers,
    keepNewAnswers,
    isKeyUsed,
    async forgetAnswers() {
      return transaction(
        async tx =>
          // keys that another replica is deleting are left to it: the two would wait for each other
          (
            await tx.query(`
          DELETE FROM idempotency_keys WHERE (scope, key) IN (
            SELECT scope, key FROM idempotency_keys WHERE created_at < now() - interval '1 day' LIMIT 1000 FOR UPDATE SKIP LOCKED)`)
          ).rowCount,
      )
    },
    exclusively: work =>
      transaction(async tx => {
        await tx.query(`SET LOCAL idle_in_transaction_session_timeout = '60s'`) // idle while the work runs
        await tx.query('SELECT pg_advisory_xact_lock($1)', [advisoryLocks.redrive])
        return work()
      }),
    ping: () => ping(pool),
    outbox: postgresOutbox(url, pool, log),
    ...postgresSchema(url, log),
    isTransient,
    isUnfit: error => hasCodeOf(unfitCodes, error),
    poolSize: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    async close() {
      await Promise.all([pool.end(), reports.close()])
    },
  }
}

const reportMs = 5_000
const isCancelled = (error: unknown) => error instanceof Error && 'code' in error && error.code === '57014'

/** With the planner's usual settings, because a report reads whole tables, and its plan is made for it alone. */
function reporting(url: string, log: Logger) {
  const pool = new pg.Pool({
    ...connection(url),
    options: '-c default_transaction_read_only=on',
    statement_timeout: reportMs,
    connectionTimeoutMillis: 2 * reportMs, // for the report before it
    max: 1,
    idleTimeoutMillis: 10_000,
  })
  pool.on('error', error => log.warn({ err: error }, 'the database connection for reports was lost'))
  return {
    async run<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[] | Refused> {
      try {
        return result<Row>(await pool.query(sql, [...values])).rows
      } catch (error) {
        if (!isCancelled(error)) throw error
        return refused('report_too_large', `This takes longer than ${reportMs / 1_000} s; choose a shorter time.`)
      }
    },
    close: () => pool.end(),
  }
}

function openPool(url: string, max: number, connectMs: number | undefined, log: Logger): pg.Pool {
  const pool = new pg.Pool({
    ...connection(url),
    ...(connectMs !== undefined && { connectionTimeoutMillis: connectMs }),
    ...sessionSettings,
    pipeline: true,
    max,
    idleTimeoutMillis: 60_000,
  })
  const lost = (error: Error) => log.warn({ err: error }, 'a database connection was lost')
  pool.on('error', lost) // without a listener a terminated backend ends the process (node-postgres #2762)
  pool.on('connect', client => client.on('error', lost)) // and the same for one that is checked out
  return pool
}

const transactions =
  (pool: pg.Pool, outbox: OutboxMode, onAppended: PostgresOptions['onAppended']): Database['transaction'] =>
  async (work, causes) => {
    const client = await pool.connect().catch(notBegun)
    const whole = begin(client)
    let broken: Error | undefined
    let appended = false
    const stored: StoredOutboxRow[] = []
    const committed: (() => void)[] = []
    const tx: Tx = {
      query: whole.query,
      change: whole.change,
      append(rows) {
        appended = true
        append(whole, rows, outbox, stored)
      },
      traceOf: key => (typeof causes === 'string' ? causes : causes?.get(key)),
      afterCommit: work => void committed.push(work),
    }
    try {
      const result = await work(tx)
      if (appended && outbox === 'debezium') tx.change(writtenHere.removing)
      await failpoint('commit', whole.commit).catch(unlessAnswered(isAnswer))
      if (appended) onAppended(stored)
      for (const work of committed) work()
      return result
    } catch (error) {
      broken = (await whole.rollback()) ?? (isNotBegun(error) ? asError(error) : undefined)
      throw error
    } finally {
      client.release(broken)
    }
  }

const isAnswer = (error: unknown) => error instanceof pg.DatabaseError

/** A server that has become a standby answers, but takes no changes; its connections are of no use any more. */
async function ping(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
    if (rows[0]?.standby) throw new Error('the database is a standby, which takes no changes')
  } catch (error) {
    broken = asError(error)
    throw error
  } finally {
    client.release(broken)
  }
}

/**
 * Read-only outside of transactions: BEGIN is sent together with the first statement, and if BEGIN alone failed, that
 * statement would otherwise be committed by itself.
 */
const sessionSettings = {
  options: ['default_transaction_read_only=on', ...plansForLargeTables].map(setting => `-c ${setting}`).join(' '),
}

const result = <Row>({ rows, rowCount }: pg.QueryResult) => ({ rows: rows as Row[], rowCount: rowCount ?? 0 })

/**
 * A transaction on a connection in pipeline mode: statements whose result is not needed are sent without waiting, so
 * BEGIN and the changes before COMMIT cost no round trip. After a failed statement, PostgreSQL refuses the rest and
 * turns COMMIT into ROLLBACK.
 */
function begin(client: pg.PoolClient) {
  const statements = batching(client)
  // of the first statement that failed; the later ones only say that the transaction is aborted
  let failure: { reason: unknown } | undefined
  const unanswered: Promise<unknown>[] = []
  const sent = <Row>(sql: string, values?: readonly unknown[], then?: (rows: Row[]) => void) => {
    const answer = statements.query(prepared(sql, values))
    return noted(answer, then)
  }
  const noted = <Row>(answer: Promise<pg.QueryResult>, then: (rows: Row[]) => void = () => undefined) => {
    answer.then(
      ({ rows }) => then(rows as Row[]),
      (error: unknown) => {
        failure ??= { reason: error }
      },
    )
    return answer
  }
  /** `then` gets the result before the commit is answered. */
  const change = <Row>(sql: string, values?: readonly unknown[], then?: (rows: Row[]) => void) =>
    void unanswered.push(sent(sql, values, then))
  unanswered.push(noted(statements.query(prepared('BEGIN READ WRITE')).catch(notBegun)))
  // not for the whole session: reads outside of transactions have optional filters, so they need plans for their values
  change(`SET LOCAL ${onePlanForAllValues}`)
  return {
    change,
    async query<Row>(sql: string, values?: readonly unknown[]) {
      try {
        return result<Row>(await sent(sql, values))
      } catch (error) {
        throw failure?.reason ?? error
      }
    },
    async commit() {
      const ended = sent('COMMIT')
      await Promise.all([...unanswered, ended])
      if ((await ended).command !== 'COMMIT') throw failure?.reason ?? new Error('the transaction was rolled back')
    },
    rollback: async () => (statements.drop() ? rollback(client) : undefined),
  }
}

async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return asError(error)
  }
}

const appending = `
  INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, traceparent, payload)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::text[], $8::json[])`

/** Adds the rows to `stored` with the ids they get, at the latest with the commit. */
function append(
  { change }: ReturnType<typeof begin>,
  rows: readonly OutboxRow[],
  outbox: OutboxMode,
  stored: StoredOutboxRow[],
): void {
  const values = [
    rows.map(row => row.eventId),
    rows.map(row => row.aggregatetype),
    rows.map(row => row.aggregateid),
    rows.map(row => row.type),
    rows.map(row => row.sequence),
    rows.map(row => row.time),
    rows.map(row => row.traceparent ?? null),
    rows.map(row => row.payload),
  ]
  if (outbox === 'debezium') return change(writtenHere.noting(appending), values)
  const byEventId = new Map(rows.map(row => [row.eventId, row]))
  change<{ id: number; eventId: string }>(`${appending} RETURNING id, event_id AS "eventId"`, values, inserted => {
    for (const { id, eventId } of inserted) {
      const row = byEventId.get(eventId)
      if (row) stored.push({ ...row, id: String(id) })
    }
  })
}

/**
 * The insert waits for a transaction that holds the same key, so two concurrent requests do the work once. Keys are
 * inserted in sorted order, because two groups that wait for each other would deadlock.
 */
async function claimKeys(tx: Tx, requests: readonly KeyedRequest[]): Promise<Map<string, StoredAnswer>> {
  if (requests.length === 0) return new Map()
  const [scopes, keys] = [requests.map(({ scope }) => scope), requests.map(({ key }) => key)]
  const claimed = await tx.query<Claim>(
    `
    INSERT INTO idempotency_keys (scope, key, fingerprint)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS request (scope, key, fingerprint) ORDER BY scope, key
    ON CONFLICT DO NOTHING RETURNING scope, key`,
    [scopes, keys, requests.map(({ fingerprint }) => fingerprint)],
  )
  if (claimed.rowCount === requests.length) return new Map()
  const ours = new Set(claimed.rows.map(nameOf))
  const { rows } = await tx.query<Claim & StoredAnswer>(
    `
    SELECT scope, key, fingerprint, status, headers, body FROM idempotency_keys JOIN unnest($1::text[], $2::text[]) AS request (scope, key) USING (scope, key)`,
    [scopes, keys],
  )
  const stored = new Map(rows.map(row => [nameOf(row), row]))
  for (const name of ours) stored.delete(name)
  const gone = requests.find(request => !ours.has(nameOf(request)) && !stored.has(nameOf(request)))
  if (gone) throw new Error(`idempotency key ${gone.key}: claimed by another, then gone`)
  return stored
}

type Claim = Pick<KeyedRequest, 'scope' | 'key'>

const columnsOf = (answers: readonly KeptAnswer[]) => [
  answers.map(({ scope }) => scope),
  answers.map(({ key }) => key),
  answers.map(({ status }) => status),
  answers.map(({ headers }) => JSON.stringify(headers)),
  answers.map(({ body }) => (body === undefined ? null : JSON.stringify(body))),
]

const keepAnswers: Database['keepAnswers'] = async (tx, answers) => {
  if (answers.length === 0) return
  tx.change(
    `
    UPDATE idempotency_keys SET status = kept.status, headers = kept.headers, body = kept.body
    FROM unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::jsonb[]) AS kept (scope, key, status, headers, body)
    WHERE idempotency_keys.scope = kept.scope AND idempotency_keys.key = kept.key`,
    columnsOf(answers),
  )
}

const keepNewAnswers: Database['keepNewAnswers'] = async (tx, answers) => {
  if (answers.length === 0) return
  tx.change(
    `
    INSERT INTO idempotency_keys (scope, key, status, headers, body, fingerprint)
    SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::jsonb[], $5::jsonb[], $6::text[])
      AS kept (scope, key, status, headers, body, fingerprint) ORDER BY scope, key`,
    [...columnsOf(answers), answers.map(({ fingerprint }) => fingerprint)],
  )
}

const isKeyUsed = (error: unknown) =>
  error instanceof pg.DatabaseError && error.code === '23505' && error.table === 'idempotency_keys'

// connection, authorization, no such database, rollback, resources, not available, operator, system
const transientClasses = new Set(['08', '28', '3D', '40', '53', '55', '57', '58'])
const transientCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '25P03', // nothing happened in a transaction for too long, as while the server stood still
  '25P04', // a transaction took too long
])
// no such schema, right or table, a damaged file or index
const unfitCodes = new Set(['3F000', '42501', '42P01', 'XX001', 'XX002'])
const transientMessage =
  /connection terminated|timeout|not queryable|Client has encountered a connection error|Cannot use a pool after/i

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isNotBegun(error)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (transientCodes.has(code) || (code.length === 5 && transientClasses.has(code.slice(0, 2)))) return true
  if (code === '' && transientMessage.test(error.message)) return true
  return error.cause !== undefined && isTransient(error.cause)
}
