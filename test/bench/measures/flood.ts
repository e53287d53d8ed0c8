import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as pause } from 'node:timers/promises'
import { query } from '@docket/reconciliation/query.ts'
import type { Buyer } from '@docket/test/support/many-customers.ts'
import { until } from '@docket/test/support/until.ts'
import { leanConnection, type LeanConnection } from '../http-lean.ts'
import type { OpenShop } from '../shop.ts'
import { median, percentile } from '../statistics.ts'
import { usageOf } from '../usage.ts'

export interface Flood {
  connections: number
  alone: Served
  flooded: Served
  answers: Record<string, number>
  /** CPU of the process that floods, which is niced: a share of one core. */
  generatorCpu: number
  rejected: number
  walBytes: number
}

interface Served {
  p50Ms: number
  p99Ms: number
  refused: Record<string, number>
}

const connections = 1_100
const requestsPerSecond = 30
const ordersAmong = 6 // each sixth request creates an order, the others read
const settleMs = 3_000
const minuteMs = 60_000
const sampleMs = 2_000 // more often than a pool closes what it has not used

export async function flood(shop: OpenShop, seconds: number): Promise<Flood> {
  const [other, flooder] = shop.customers.slice(-2) as [Buyer, Buyer] // there are more
  const alone = await serve(shop, other, seconds)
  const child = startFlooder(shop, flooder)
  try {
    await until('the flood has begun', async () => (await ordersOf(shop, flooder)) > 0)
    await pause(settleMs)
    const [cpuBefore, fromMs] = [cpuSecondsOf(child), performance.now()]
    const flooded = await serve(shop, other, seconds)
    const generatorCpu = (cpuSecondsOf(child) - cpuBefore) / ((performance.now() - fromMs) / 1_000)
    const before = await ordersOf(shop, flooder)
    const walBytes = await writtenInAMinute(shop)
    const after = await ordersOf(shop, flooder)
    return {
      connections,
      alone,
      flooded,
      answers: await answersOf(child),
      generatorCpu,
      rejected: after - before,
      walBytes,
    }
  } finally {
    child.kill('SIGKILL')
  }
}

function startFlooder({ orderUrls }: OpenShop, { token }: Buyer): ChildProcess {
  const program = fileURLToPath(new URL('../flooder.ts', import.meta.url))
  const args = ['-n', '19', process.execPath, program, orderUrls[0] ?? '', token, String(connections)]
  return spawn('nice', args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function answersOf(child: ChildProcess): Promise<Record<string, number>> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  child.kill('SIGTERM')
  await once(child, 'close')
  return JSON.parse(text) as Record<string, number>
}

const cpuSecondsOf = ({ pid }: ChildProcess) => (pid === undefined ? 0 : (usageOf(pid)?.cpuSeconds ?? 0))

async function ordersOf({ stack }: OpenShop, { id }: Buyer): Promise<number> {
  const sql = 'SELECT count(*)::int AS orders FROM orders WHERE customer_id = $1'
  const [row] = await query<{ orders: number }>(stack.sources.orders, sql, [id])
  return row?.orders ?? 0
}

/**
 * Bytes of write-ahead log that the services' own connections write in a minute. The whole server's log would also have
 * what autovacuum and checkpoints write of the load before: a hundred times as much after a warm-up.
 * `pg_stat_get_backend_wal`: PostgreSQL 18. The rows of other roles are not shown, so each database is asked as its owner.
 */
async function writtenInAMinute({ stack: { sources } }: OpenShop): Promise<number> {
  const databases = [sources.orders, sources.inventory, sources.payments, sources.shipping]
  const seen = new Map<string, number>()
  let written = 0
  const sample = async (isFirst = false) => {
    for (const { connection, bytes } of (await Promise.all(databases.map(connectionsOf))).flat()) {
      written += isFirst ? 0 : bytes - (seen.get(connection) ?? 0)
      seen.set(connection, bytes)
    }
  }
  await sample(true)
  for (let ms = 0; ms < minuteMs; ms += sampleMs) {
    await pause(sampleMs)
    await sample()
  }
  return written
}

const connectionsOf = (database: string) =>
  query<{ connection: string; bytes: number }>(
    database,
    `SELECT pid || ' since ' || backend_start AS connection, wal_bytes::float8 AS bytes
       FROM pg_stat_activity, pg_stat_get_backend_wal(pid) WHERE usename = current_user AND pid <> pg_backend_pid()`,
  )

/** An open loop: what is due is sent, whatever has been answered, and its waiting for a connection counts. */
async function serve({ orderUrls, skus }: OpenShop, { token }: Buyer, seconds: number): Promise<Served> {
  const authorization = `authorization: Bearer ${token}\r\n`
  const body = JSON.stringify({ lines: [{ sku: skus[0], quantity: 1 }] })
  const free: LeanConnection[] = []
  const times: number[] = []
  const refused: Record<string, number> = {}
  const ask = async (n: number, dueMs: number) => {
    const connection = free.pop() ?? (await leanConnection(orderUrls[0] ?? ''))
    const { status } = await (n % ordersAmong === 0
      ? connection.post('/orders', authorization, body)
      : connection.get('/orders?limit=1', authorization))
    times.push(performance.now() - dueMs)
    if (status >= 300) refused[status] = (refused[status] ?? 0) + 1
    free.push(connection)
  }
  const startMs = performance.now()
  const asked: Promise<void>[] = []
  for (let n = 0; n < seconds * requestsPerSecond; n++) {
    const dueMs = startMs + (n * 1_000) / requestsPerSecond
    await pause(Math.max(0, dueMs - performance.now()))
    asked.push(ask(n, dueMs))
  }
  await Promise.all(asked)
  for (const connection of free) connection.close()
  return { p50Ms: median(times), p99Ms: percentile(times, 99), refused }
}
