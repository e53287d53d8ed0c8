import { globSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { reconcileAtRest, untilAtRest } from '@docket/reconciliation/audit.ts'
import { invariants } from '@docket/reconciliation/snapshot.ts'
import { query } from '@docket/reconciliation/query.ts'
import { readDeadLetters } from '@docket/kafka/dead-letter-queue.ts'
import { header } from '@docket/kafka/record-codec.ts'
import { wrongEnding, type Acknowledged, type Ending } from '../orders.ts'
import type { Load } from './load.ts'
import {
  countsBy,
  holdings,
  percentilesOf,
  recoveryMs,
  type Happened,
  type Holdings,
  type Percentiles,
} from './measure.ts'
import { poisonHeader } from './poison.ts'
import type { World } from './world.ts'

export interface Verdict {
  invariant: string
  statement: string
  wrong: string[]
}

export interface Measured {
  orders: {
    acknowledged: number
    completed: number
    rejected: number
    cancelled: number
    lost: number
    duplicateCharges: number
    oversold: number
  }
  latencyMs: Percentiles
  recoveryMs: Percentiles & { orders: number }
  rate: { usual: number; underFaults: number }
  exits: Record<string, number>
}

interface EndedOrder extends Ending {
  createdMs: number
  endedMs: number
  waitedForPeople: boolean
}

export interface Run {
  world: World
  load: Load
  faults: readonly Happened[]
  poisoned: readonly string[]
  before: Holdings
  rate: Measured['rate']
}

const restWithinMs = 90_000
const wholeTableMs = 60_000

export async function judge(run: Run): Promise<{ verdicts: Verdict[]; measured: Measured; after: Holdings }> {
  const { world, load } = run
  const underWay = await untilAtRest(world.stack.sources, restWithinMs)
  const [ended, found] = [await endedOrders(world), await reconcileAtRest(world.stack.sources, 5_000)]
  const after = await holdingsAtRest(run)
  const acknowledged = load.acknowledged()
  const wrongEndings = acknowledged.flatMap(order => wrongEnding(order, ended.get(order.id), false) ?? [])
  const alone = [...ended.values()].filter(({ waitedForPeople }) => !waitedForPeople)
  const recoveries = alone.flatMap(order => recoveryMs(order, run.faults) ?? [])
  const measured = {
    orders: countsOf(
      acknowledged,
      ended,
      found.map(({ text }) => text),
    ),
    rate: run.rate,
    exits: exitsOf(world),
    latencyMs: percentilesOf(alone.map(order => order.endedMs - order.createdMs)),
    recoveryMs: { ...percentilesOf(recoveries), orders: recoveries.length },
  }
  const fromReconciliation = (name: string) =>
    found.filter(({ invariant }) => invariant === name).map(({ about, text }) => `${about} ${text}`)
  const verdicts = Object.entries(invariants).map(([invariant, statement]): Verdict => ({
    invariant,
    statement,
    wrong: fromReconciliation(invariant),
  }))
  const add = (invariant: string, wrong: string[]) =>
    verdicts.find(one => one.invariant === invariant)?.wrong.push(...wrong)
  add('I1', [
    ...wrongEndings,
    ...(measured.recoveryMs.p99 > 30_000
      ? [`99 of 100 orders recovered within ${measured.recoveryMs.p99} ms; 30 s are allowed`]
      : []),
    ...(measured.recoveryMs.max > 60_000
      ? [`an order took ${measured.recoveryMs.max} ms to recover; 60 s are allowed`]
      : []),
  ])
  add('I2', await promisesBroken(world, acknowledged))
  add('I8', await poisonWithoutLetter(run))
  verdicts.push(
    {
      invariant: 'I10',
      statement: 'under a fault that is not fatal work goes on',
      wrong: [...slowRate(run.rate, acknowledged.length), ...deadlocks(world)],
    },
    {
      invariant: 'I11',
      statement: 'afterwards queues are empty, and nothing was kept',
      wrong: [...underWay, ...kept(run.before, after)],
    },
    {
      invariant: 'I12',
      statement: 'endpoints answer 503 and never 500; nothing unforeseen ends a process',
      wrong: [...load.violations(), ...unforeseen(world)],
    },
  )
  return { verdicts, measured, after }
}

async function endedOrders({ stack }: World): Promise<Map<string, EndedOrder>> {
  const rows = await query<EndedOrder>(
    stack.sources.orders,
    `
    SELECT id, status, reason, extract(epoch FROM created_at)::float8 * 1000 AS "createdMs", extract(epoch FROM updated_at)::float8 * 1000 AS "endedMs",
      has_lines OR EXISTS (SELECT FROM timeline WHERE order_id = id AND event = 'shipment.opened') AS "waitedForPeople"
    FROM orders`,
    [],
    wholeTableMs,
  )
  return new Map(rows.map(row => [row.id, row]))
}

function countsOf(
  acknowledged: readonly Acknowledged[],
  ended: Map<string, EndedOrder>,
  findings: string[],
): Measured['orders'] {
  const count = (status: string) => [...ended.values()].filter(order => order.status === status).length
  return {
    acknowledged: acknowledged.length,
    completed: count('completed'),
    rejected: count('rejected'),
    cancelled: count('cancelled'),
    lost: acknowledged.filter(({ id }) => !ended.has(id)).length,
    duplicateCharges: findings.filter(text => /was charged \d+ times/.test(text)).length,
    oversold: findings.filter(text => text.includes('less than nothing')).length,
  }
}

async function promisesBroken({ stack }: World, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const rows = await query<{ key: string; id: string }>(
    stack.sources.orders,
    `SELECT key, body->>'id' AS id FROM idempotency_keys WHERE key = ANY($1::text[])`,
    [acknowledged.map(({ key }) => key)],
    wholeTableMs,
  )
  const kept = new Map(rows.map(({ key, id }) => [key, id]))
  return acknowledged.flatMap(({ key, id }) =>
    kept.get(key) === id
      ? []
      : [`order ${id} was acknowledged under ${key}, which stands for ${kept.get(key) ?? 'nothing'}`],
  )
}

async function poisonWithoutLetter({ world, poisoned }: Run): Promise<string[]> {
  const letters = await readDeadLetters(
    { brokers: world.stack.sources.kafkaBrokers, clientId: 'chaos' },
    AbortSignal.timeout(60_000),
  )
  const found = new Set(letters.map(({ record }) => header(record, poisonHeader)))
  const strays = letters.filter(({ record }) => header(record, poisonHeader) === undefined)
  return [
    ...poisoned.filter(id => !found.has(id)).map(id => `${id}: is not among the dead letters`),
    ...strays.map(
      ({ id, group, type, error }) => `${id}: ${group} dead-lettered ${type}, which was no poison: ${error}`,
    ),
  ]
}

function slowRate({ usual, underFaults }: Measured['rate'], acknowledged: number): string[] {
  return [
    ...(underFaults < usual / 2
      ? [`${underFaults.toFixed(1)} orders a second under faults, ${usual.toFixed(1)} without`]
      : []),
    ...(acknowledged < 100 ? [`only ${acknowledged} orders were acknowledged`] : []),
  ]
}

const idleWithinMs = 60_000

/** What a service holds at rest; connections that are kept for a while may be closed first. */
async function holdingsAtRest({ world, before }: Run): Promise<Holdings> {
  let after = await holdings(world)
  for (
    const deadline = Date.now() + idleWithinMs;
    Date.now() < deadline && kept(before, after).length > 0;
    after = await holdings(world)
  )
    await pause(1_000)
  return after
}

const moreFiles = 25
const moreMb = 120
const moreConnections = 15

function kept(before: Holdings, after: Holdings): string[] {
  const wrong = after.services.flatMap(({ service, rssMb, files }) => {
    const was = before.services.find(one => one.service === service)
    return was === undefined
      ? []
      : [
          ...(files > was.files + moreFiles ? [`${service} has ${files} open files, ${was.files} before`] : []),
          ...(rssMb > was.rssMb + moreMb ? [`${service} holds ${rssMb} MB, ${was.rssMb} before`] : []),
        ]
  })
  return after.connections > before.connections + moreConnections
    ? [...wrong, `${after.connections} connections to PostgreSQL, ${before.connections} before`]
    : wrong
}

function unforeseen({ at }: World): string[] {
  return globSync(`${at.dir}/logs/test-*.log`).flatMap(file =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line.includes('"origin":"unhandledRejection"') || line.includes('"origin":"uncaughtException"'))
      .map(line => `${file.split('/').at(-1)}: ${line.slice(0, 500)}`),
  )
}

/** Replicas must not deadlock with each other: docs/decisions/0013. */
function deadlocks({ at }: World): string[] {
  return readFileSync(`${at.dir}/logs/postgres.log`, 'utf8')
    .split('\n')
    .filter(line => line.includes('deadlock detected'))
}

const exitsOf = ({ replicas }: World) =>
  countsBy(
    replicas.flatMap(processes => processes.exits),
    ({ name, code, signal }) => `${name} ${signal ?? `exit ${code}`}`,
  )
