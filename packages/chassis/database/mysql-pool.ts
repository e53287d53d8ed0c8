import mysql from 'mysql2/promise'
import type { Logger } from '../log.ts'
import { notBegun } from './outcome.ts'
import { connection, limited, within, type Limits, type Statements } from './mysql-connection.ts'

export interface MysqlPool {
  use<T>(work: (client: Statements) => Promise<T>): Promise<T>
  size(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

const idleMs = 60_000

// Isolation as in PostgreSQL: a statement sees what is committed. No statement waits forever for a lock, not even for
// one whose holder has vanished.
const setUp = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION innodb_lock_wait_timeout = 10, wait_timeout = ${(2 * idleMs) / 1_000}, time_zone = '+00:00'`,
]

export function mysqlPool(url: string, max: number, limits: Limits, log: Logger): MysqlPool {
  const pool = mysql.createPool({
    ...connection(url, limits),
    connectionLimit: max,
    maxIdle: max - 1, // fewer than all, or mysql2 never closes idle ones
    idleTimeout: idleMs,
    waitForConnections: true,
    queueLimit: 1_000,
  })
  const fresh = new WeakSet<object>()
  const open = new Set<object>()
  let inUse = 0
  let waiting = 0

  pool.on('connection', client => {
    fresh.add(client)
    open.add(client)
    const lost = (error?: Error) => {
      if (open.delete(client) && error) log.warn({ err: error }, 'a database connection was lost')
    }
    client.on('error', lost) // mysql2 listens once; a second error would end the process
    client.on('end', () => lost())
  })

  const lend = async (): Promise<{ client: mysql.PoolConnection; statements: Statements }> => {
    waiting++
    const coming = pool.getConnection()
    const client = await within(limits.connectMs + 500, 'waiting for a connection', coming, () =>
      giveBackLater(coming, log),
    ).finally(() => waiting--)
    const statements = limited(client, limits.statementMs)
    if (fresh.delete(client.connection)) await firstOf(client, statements)
    return { client, statements }
  }

  return {
    async use(work) {
      const { client, statements } = await lend().catch(notBegun)
      inUse++
      try {
        return await work(statements)
      } catch (error) {
        if (takesNoChanges(error)) client.destroy()
        throw error
      } finally {
        inUse--
        client.release() // has no effect on a connection that was discarded
      }
    },
    size: () => ({ total: open.size, idle: Math.max(0, open.size - inUse), waiting }),
    close: () =>
      within(5_000, 'closing connections', pool.end(), () => log.warn('database connections did not close in time')),
  }
}

/** Of a server that has become a replica, and answers all the same: ER_OPTION_PREVENTS_STATEMENT, ER_READ_ONLY_MODE. */
const takesNoChanges = (error: unknown) =>
  error instanceof Error && 'errno' in error && (error.errno === 1_290 || error.errno === 1_836)

async function firstOf(client: mysql.PoolConnection, statements: Statements): Promise<void> {
  try {
    for (const sql of setUp) await statements.query(sql)
  } catch (error) {
    client.destroy()
    throw error
  }
}

function giveBackLater(coming: Promise<mysql.PoolConnection>, log: Logger): void {
  coming.then(
    client => client.release(),
    error => log.debug({ err: error }, 'an abandoned connection attempt failed'),
  )
}
