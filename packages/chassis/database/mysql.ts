import { hasCodeOf } from '@docket/foundation/errors.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { onlyInTransactions, type Database, type KeyedRequest, type StoredAnswer, type Tx } from './database.ts'
import { nameOf } from '../http/idempotency.ts'
import type { Logger } from '../log.ts'
import { usualLimits, type Limits, type Result, type Statements } from './mysql-connection.ts'
import { mysqlOutbox } from '../messaging/mysql-outbox.ts'
import { mysqlPool } from './mysql-pool.ts'
import { isNotBegun, unlessAnswered } from './outcome.ts'
import { mysqlSchema } from './mysql-schema.ts'
import type { OutboxMode, OutboxRow } from '../messaging/outbox-store.ts'

export interface MysqlOptions {
  url: string
  pool: number
  log: Logger
  onAppended(): void
  /** Unless given: relay. */
  outbox?: OutboxMode
  limits?: Limits
}

export function mysqlDatabase({
  url,
  pool: max,
  log,
  onAppended,
  outbox = 'relay',
  limits = usualLimits,
}: MysqlOptions): Database {
  const pool = mysqlPool(url, max, limits, log)

  const read: Tx = {
    query: (sql, values) => pool.use(client => client.execute(sql, values)),
    change: onlyInTransactions,
    append: onlyInTransactions,
    traceOf: () => undefined,
    afterCommit: work => work(),
  }

  return {
    read,
    report: async (sql, values) => (await read.query<never>(sql, values)).rows, // the data of users is small
    transaction: transactions(pool, log, outbox, onAppended),
    claimKeys,
    keepAnswers,
    keepNewAnswers,
    isKeyUsed,
    async forgetAnswers() {
      const { rowCount } = await read.query(
        'DELETE FROM idempotency_keys WHERE created_at < CURRENT_TIMESTAMP(3) - INTERVAL 1 DAY LIMIT 1000',
      )
      return rowCount
    },
    exclusively: work => pool.use(client => redriving(client, work)),
    async ping() {
      await pool.use(client => client.query('SELECT 1'))
    },
    outbox: mysqlOutbox(url, pool, limits),
    ...mysqlSchema(url, limits, log),
    isTransient,
    isUnfit: error => hasCodeOf(unfitCodes, error),
    poolSize: () => pool.size(),
    close: () => pool.close(),
  }
}

const transactions =
  (
    pool: ReturnType<typeof mysqlPool>,
    log: Logger,
    outbox: OutboxMode,
    onAppended: () => void,
  ): Database['transaction'] =>
  (work, causes) =>
    pool.use(async client => {
      let appended = false
      const committed: (() => void)[] = []
      const whole = allOrNothing(client)
      const tx: Tx = {
        query: whole.execute,
        change: whole.change,
        append(rows) {
          appended = true
          append(whole, client, rows, outbox)
        },
        traceOf: key => (typeof causes === 'string' ? causes : causes?.get(key)),
        afterCommit: work => void committed.push(work),
      }
      try {
        await client.query('START TRANSACTION')
        const result = await work(tx)
        await failpoint('commit', () => whole.commit()).catch(unlessAnswered(isAnswer))
        if (appended) onAppended()
        for (const work of committed) work()
        return result
      } catch (error) {
        await whole.undo(log)
        throw error
      }
    })

const isAnswer = (error: unknown) => error instanceof Error && 'sqlState' in error

const redriveLock = `CONCAT(DATABASE(), '.redrive')`

async function redriving<T>(client: Statements, work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ holds: number | null }>(`SELECT GET_LOCK(${redriveLock}, 10) AS holds`)
  if (rows[0]?.holds !== 1)
    throw Object.assign(new Error('another replica is redriving dead letters'), { code: 'ETIMEDOUT' })
  try {
    return await work()
  } finally {
    await client.query(`SELECT RELEASE_LOCK(${redriveLock})`)
  }
}

/**
 * Gives a transaction PostgreSQL's behaviour: after a failed statement, nothing is committed. MySQL continues instead,
 * after a deadlock even outside of the transaction.
 */
function allOrNothing(client: Statements) {
  let failed: { reason: unknown } | undefined
  let changes: Promise<void> = Promise.resolve()
  async function execute<Row>(sql: string, values?: readonly unknown[]) {
    await changes
    if (failed) throw new Error('a statement before this one has failed', { cause: failed.reason })
    try {
      return await client.execute<Row>(sql, values)
    } catch (error) {
      failed = { reason: error }
      throw error
    }
  }
  return {
    execute,
    change(sql: string, values?: readonly unknown[], then: (result: Result<unknown>) => Promise<void> = nothing) {
      changes = execute(sql, values)
        .then(then)
        .catch((error: unknown) => {
          failed ??= { reason: error }
        })
    },
    async commit() {
      await changes
      if (failed) throw failed.reason
      await client.query('COMMIT')
    },
    /** If rollback fails, losing the connection makes the server do it. */
    async undo(log: Logger) {
      await changes
      try {
        await client.query('ROLLBACK')
      } catch (error) {
        client.giveUp()
        log.debug({ err: error }, 'a transaction could not be rolled back; its connection was given up')
      }
    },
  }
}

const nothing = async () => undefined

/**
 * Deletes the rows that were just inserted: the log of the database has recorded them. InnoDB gives the rows of one
 * insert consecutive ids. Each row has a statement of its own, as there are few: a single one may scan the table and
 * wait for rows of other transactions.
 */
async function removeInserted(client: Statements, { insertId, rowCount }: Result<unknown>): Promise<void> {
  for (let n = 0; n < rowCount; n++) {
    const id = `${insertId} + ${n} * @@auto_increment_increment`
    const removed = await client.query(`DELETE FROM outbox WHERE id = ${id}`)
    if (removed.rowCount !== 1) throw new Error(`row ${id}, just written to the outbox, is not there`)
  }
}

const rowsPerInsert = 1_000 // a statement holds at most 65,535 values

function append(
  { change }: ReturnType<typeof allOrNothing>,
  client: Statements,
  rows: readonly OutboxRow[],
  outbox: OutboxMode,
): void {
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    const some = rows.slice(from, from + rowsPerInsert)
    change(
      `
      INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, traceparent, payload)
      VALUES ${some.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
      some.flatMap(row => [
        row.eventId,
        row.aggregatetype,
        row.aggregateid,
        row.type,
        row.sequence,
        new Date(row.time),
        row.traceparent ?? null,
        row.payload,
      ]),
      outbox === 'debezium' ? result => removeInserted(client, result) : nothing,
    )
  }
}

/**
 * The insert waits for a transaction that holds the same key, so two concurrent requests do the work once. It takes an
 * exclusive lock on an existing row, too, because shared locks of several waiting requests would deadlock. A row
 * without a status is ours: a committed one always has an answer.
 */
async function claimKey(tx: Tx, { scope, key, fingerprint }: KeyedRequest): Promise<StoredAnswer | undefined> {
  await tx.query(
    'INSERT INTO idempotency_keys (scope, `key`, fingerprint) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE scope = scope',
    [scope, key, fingerprint],
  )
  const { rows } = await tx.query<{
    fingerprint: string
    status: number | null
    headers: string | null
    body: string | null
  }>('SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = ? AND `key` = ?', [scope, key])
  const [row] = rows
  if (!row) throw new Error(`idempotency key ${key}: claimed, then gone`)
  if (row.status === null) return undefined
  return {
    fingerprint: row.fingerprint,
    status: row.status,
    headers: JSON.parse(row.headers ?? '{}'),
    body: row.body === null ? undefined : JSON.parse(row.body),
  }
}

// unsorted, two replicas deadlock
const byName = (a: KeyedRequest, b: KeyedRequest) => (nameOf(a) < nameOf(b) ? -1 : 1)

async function claimKeys(tx: Tx, requests: readonly KeyedRequest[]): Promise<Map<string, StoredAnswer>> {
  const stored = new Map<string, StoredAnswer>()
  for (const request of requests.toSorted(byName)) {
    const answer = await claimKey(tx, request)
    if (answer) stored.set(nameOf(request), answer)
  }
  return stored
}

const keepAnswers: Database['keepAnswers'] = async (tx, answers) => {
  for (const { scope, key, status, headers, body } of answers) {
    await tx.query('UPDATE idempotency_keys SET status = ?, headers = ?, body = ? WHERE scope = ? AND `key` = ?', [
      status,
      JSON.stringify(headers),
      body === undefined ? null : JSON.stringify(body),
      scope,
      key,
    ])
  }
}

const keepNewAnswers: Database['keepNewAnswers'] = async (tx, answers) => {
  for (const { scope, key, fingerprint, status, headers, body } of answers.toSorted(byName)) {
    await tx.query(
      'INSERT INTO idempotency_keys (scope, `key`, fingerprint, status, headers, body) VALUES (?, ?, ?, ?, ?, ?)',
      [scope, key, fingerprint, status, JSON.stringify(headers), body === undefined ? null : JSON.stringify(body)],
    )
  }
}

/** MariaDB names the index, which every table has under this name, but not the table. */
const isKeyUsed = (error: unknown) =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ER_DUP_ENTRY' &&
  'sql' in error &&
  String(error.sql).includes('INTO idempotency_keys')

const unfitCodes = new Set([
  'ER_NO_SUCH_TABLE',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_CRASHED_ON_USAGE',
  'ER_INDEX_CORRUPT',
])

const transientCodes = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_TABLE_FULL',
  'ER_CHECKREAD', // 1020: MariaDB's code for a row that another transaction has changed
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_OUT_OF_RESOURCES',
  'ER_CANT_CREATE_THREAD',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_SHUTDOWN_COMPLETE',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_ABORTING_CONNECTION',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ER_QUERY_INTERRUPTED',
  'ER_QUERY_TIMEOUT',
  'ER_READ_ONLY_MODE',
  'ER_OPTION_PREVENTS_STATEMENT', // a replica that is being promoted to primary
])
// MariaDB's own codes, for which mysql2 has no names: connection killed, statement took too long
const transientNumbers = new Set([1_927, 1_969])
const transientMessage = /closed state|Pool is closed|Queue limit reached|Connection lost/i

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isNotBegun(error)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if ('errno' in error && transientNumbers.has(Number(error.errno))) return true
  if (transientCodes.has(code) || transientMessage.test(error.message)) return true
  return error.cause !== undefined && isTransient(error.cause)
}
