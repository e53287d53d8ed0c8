import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { query } from '@docket/reconciliation/query.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { findPgbench } from '@docket/local/pgbench.ts'
import { pidOf } from '@docket/local/processes.ts'
import type { FoundTool } from '@docket/local/tools.ts'
import { adminUrl } from '@docket/test/support/database.ts'
import { watchOthers, type Metered } from '../others.ts'
import { runPgbench } from '../pgbench.ts'
import { figure, repeated, type Figure } from '../statistics.ts'
import { cpuSecondsBelow, usageOf } from '../usage.ts'

/**
 * The saga's steps as bare SQL, from a client that does nothing else: the lower bound of what PostgreSQL needs for an
 * order.
 */
export interface PlainSql {
  cpuMs: { postgres: number; pgbench: number }
  ordersPerSecond: Figure
}

export interface PlainSqlLimits {
  single: Metered<PlainSql>
  hundred: Metered<PlainSql>
}

interface Script {
  file: string
  ordersEach: number
  clients: number
}

const single: Script = { file: 'one-order.sql', ordersEach: 1, clients: 16 }
const hundred: Script = { file: 'hundred-orders.sql', ordersEach: 100, clients: 4 }
const warmUpSeconds = 3
const setUpMs = 60_000
const pathOf = (file: string) => fileURLToPath(new URL(`../plain-sql/${file}`, import.meta.url))

interface Size {
  repeats: number
  seconds: number
}

export const plainSqlLimits = (size: Size, say: (line: string) => void): Promise<PlainSqlLimits> =>
  inItsDatabase(say, async (pgbench, url) => ({
    single: await measure(pgbench, url, single, size),
    hundred: await measure(pgbench, url, hundred, size),
  }))

export const hundredOrdersOfPlainSql = (size: Size, say: (line: string) => void): Promise<Metered<PlainSql>> =>
  inItsDatabase(say, (pgbench, url) => measure(pgbench, url, hundred, size))

export const plainSqlCpuMs = ({ cpuMs }: PlainSql): number => cpuMs.postgres + cpuMs.pgbench

async function inItsDatabase<T>(
  say: (line: string) => void,
  work: (pgbench: FoundTool, url: string) => Promise<T>,
): Promise<T> {
  const pgbench = await findPgbench(say)
  const name = `plain_sql_${process.pid}_${randomBytes(3).toString('hex')}`
  await query(adminUrl(), `CREATE DATABASE ${name}`, [], setUpMs)
  try {
    await query(adminUrl(name), readFileSync(pathOf('schema.sql'), 'utf8'), [], setUpMs)
    return await work(pgbench, adminUrl(name))
  } finally {
    await query(adminUrl(), `DROP DATABASE ${name} WITH (FORCE)`, [], setUpMs)
  }
}

async function measure(
  pgbench: FoundTool,
  url: string,
  { file, ordersEach, clients }: Script,
  { repeats, seconds }: Size,
): Promise<Metered<PlainSql>> {
  const run = (forSeconds: number) => runPgbench(pgbench, url, pathOf(file), { clients, seconds: forSeconds })
  await run(warmUpSeconds)
  await query(url, 'VACUUM ANALYZE', [], setUpMs)
  const [others, before] = [watchOthers(), cpuSeconds()]
  const runs = await repeated(repeats, () => run(seconds))
  const after = cpuSeconds()
  const orders = runs.reduce((sum, { transactions }) => sum + transactions, 0) * ordersEach
  const msAnOrder = (name: 'postgres' | 'pgbench') => ((after[name] - before[name]) / orders) * 1_000
  return {
    cpuMs: { postgres: msAnOrder('postgres'), pgbench: msAnOrder('pgbench') },
    ordersPerSecond: figure(runs.map(({ perSecond }) => perSecond * ordersEach)),
    others: others(),
  }
}

/** pgbench has ended by now, so its time is that of our ended children, of which there is no other. */
function cpuSeconds(): { postgres: number; pgbench: number } {
  const postgres = pidOf(addresses().dir, 'postgres')
  const withEnded = usageOf(process.pid)?.cpuSeconds ?? NaN
  return {
    postgres: postgres === undefined ? NaN : cpuSecondsBelow([postgres]),
    pgbench: withEnded - (usageOf(process.pid, false)?.cpuSeconds ?? NaN),
  }
}
