import mysql from 'mysql2/promise'
import type { Logger } from '../log.ts'
import { connection, limited, within, type Limits, type Statements } from './mysql-connection.ts'

export interface MysqlPool {
  use<T>(work: (client: Statements) => Promise<T>): Promise<T>
  size(): { total: number; idle: number; waiting: number }
  close(): Promise<void>
}

const idleMs = 60_000

// As in PostgreSQL a statement sees what is committed, and no statement waits for ever for a lock, nor for one whose
// holder has vanished.
const setUp = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION innodb_lock_wait_timeout = 10, wait_timeout = ${(2 * idleMs) / 1_000}, time_zone = '+00:00'`,
]

export function mysqlPool(url: string, max: number, limits: Limits, log: Logger): MysqlPool {
  const pool = mysql.createPool({
    ...connection(url, limits),
    connectionLimit: max,
    maxIdle: max - 1, // fewer than all, or mysql2 keeps idle ones for ever
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
      const { client, statements } = await lend()
      inUse++
      try {
        return await work(statements)
      } finally {
        inUse--
        client.release() // does nothing to one that was given up
      }
    },
    size: () => ({ total: open.size, idle: Math.max(0, open.size - inUse), waiting }),
    close: () =>
      within(5_000, 'closing connections', pool.end(), () => log.warn('database connections did not close in time')),
  }
}

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
