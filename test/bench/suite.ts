import { reconcileAtRest } from '@docket/reconciliation/audit.ts'
import type { Addresses } from '@docket/addresses/addresses.ts'
import type { Found } from './found.ts'
import { cliStart } from './measures/cli-start.ts'
import { drain } from './measures/drain.ts'
import { fillWithFinished } from './measures/finished.ts'
import { flood } from './measures/flood.ts'
import { handlersAlone } from './measures/handlers-alone.ts'
import { kafkaAlone } from './measures/kafka-alone.ts'
import { idle } from './measures/idle.ts'
import { latencyAt } from './measures/latency.ts'
import { profiled } from './measures/profile.ts'
import { plainSqlLimits } from './measures/plain-sql.ts'
import { withReplicas } from './measures/replicas.ts'
import { capacityOf, measuredCapacity, overload, saturation, slowCapacityOf, warmUp } from './measures/saturation.ts'
import { tailSpeed } from './measures/tail.ts'
import { tracingCost } from './measures/tracing.ts'
import { metered, type Metered } from './others.ts'
import { say } from './say.ts'
import { thisRun } from './this-run.ts'
import { inShop, type OpenShop } from './shop.ts'

export const names = [
  'limits',
  'idle',
  'saturation',
  'latency',
  'hot',
  'overload',
  'drain',
  'ones',
  'tail',
  'cli',
  'growth',
  'tracing',
  'replicas',
  'flood',
  'profile',
] as const
export type Name = (typeof names)[number]
const onlyByName: readonly Name[] = ['tracing', 'replicas', 'flood', 'profile'] // many services, or minutes
const inOneShop: readonly Name[] = ['idle', 'saturation', 'latency', 'hot', 'overload', 'drain', 'replicas', 'flood']
const comparedWithPlainSql: readonly Name[] = ['limits', 'saturation', 'latency']

const rates = [10, 50, 500]
const sizes = {
  quick: {
    repeats: 1,
    seconds: 5,
    fewest: 100,
    idleSeconds: 5,
    warmUpSeconds: 10,
    profiledSeconds: 5,
    warmUpToProfileSeconds: 10,
    backlogs: [1_000, 10_000, 20_000],
    finished: 50_000,
    tailed: 40_000,
    tracingPairs: 2,
  },
  full: {
    repeats: 3,
    seconds: 15,
    fewest: 300,
    idleSeconds: 60,
    warmUpSeconds: 60,
    profiledSeconds: 30,
    warmUpToProfileSeconds: 120, // after one minute only, Kafka still needs twice as much for an order
    backlogs: [1_000, 10_000, 50_000, 100_000],
    finished: 1_000_000,
    tailed: 100_000,
    tracingPairs: 4,
  },
}
const auditMs = 300_000
const floodSeconds = 20 // enough for a p99 of six hundred requests
const briefWarmUpSeconds = 10 // enough where the figure is a rate, on services with other settings
const onesEnv = { CONSUMER_BATCH_SIZE: '1', COMMIT_GROUP_SIZE: '1' }

interface Run {
  found: Found
  size: (typeof sizes)['quick']
  /** The folder that profiles are written to. */
  profiles: string
  isWanted(name: Name): boolean
}

export async function runSuite(
  at: Addresses,
  { quick, only, profiles }: { quick: boolean; only?: Name | undefined; profiles: string },
): Promise<Found> {
  const found: Found = thisRun()
  const run: Run = {
    found,
    size: quick ? sizes.quick : sizes.full,
    profiles,
    isWanted: name => (only === undefined ? !onlyByName.includes(name) : only === name),
  }
  await withoutServices(run, at)
  await withSpecialServices(run)
  if (inOneShop.some(run.isWanted)) await inShop({}, shop => withServices(run, shop))
  if (run.isWanted('overload')) found.overload = await atTwiceTheCapacity(run)
  await inShop({}, async shop => {
    say('reconciliation')
    await expectReconciled(shop)
    if (run.isWanted('growth')) found.growth = await grown(run, shop)
  })
  return found
}

async function expectReconciled(shop: OpenShop): Promise<void> {
  const wrong = await reconcileAtRest(shop.stack.sources, auditMs)
  if (wrong.length > 0)
    throw new Error(
      `databases and topics do not agree, so no figure counts:\n${wrong
        .slice(0, 20)
        .map(({ invariant, about, text }) => `  ${invariant}: ${about} ${text}`)
        .join('\n')}`,
    )
}

async function withoutServices({ found, size, isWanted }: Run, { kafkaBrokers }: Addresses): Promise<void> {
  if (isWanted('cli')) {
    say('starting mgmt')
    found.cli = await metered(cliStart)
  }
  if (comparedWithPlainSql.some(isWanted)) {
    say('plain SQL')
    found.plainSql = await plainSqlLimits(size, say)
  }
  if (isWanted('limits')) {
    say('our own handlers without Kafka and HTTP')
    found.handlers = await handlersAlone(size)
    say('Kafka alone')
    found.kafka = await metered(() => kafkaAlone(kafkaBrokers, size.seconds))
  }
  if (isWanted('tail')) {
    say('mgmt events tail')
    found.tail = await metered(() => tailSpeed(kafkaBrokers, size.tailed))
  }
}

async function withSpecialServices({ found, size, isWanted, profiles }: Run): Promise<void> {
  if (isWanted('ones')) {
    say('batches of one')
    found.ones = await inShop(onesEnv, async shop => {
      await slowCapacityOf(shop, 1, 1, 50) // warm-up
      return metered(() => slowCapacityOf(shop, size.repeats, size.seconds, 200))
    })
  }
  if (isWanted('tracing')) {
    found.tracing = await tracingCost(size.tracingPairs, async env => {
      say(`tracing ${Object.keys(env).length > 0 ? 'on' : 'off'}`)
      return inShop(env, async shop => {
        await warmUp(shop, briefWarmUpSeconds)
        return measuredCapacity(shop, 1, size.seconds)
      })
    })
  }
  if (isWanted('profile')) found.profile = await profiled(rates, size, profiles)
}

async function withServices({ found, size, isWanted }: Run, shop: OpenShop): Promise<void> {
  if (isWanted('idle')) {
    say('at rest')
    found.idle = await idle(shop, size.idleSeconds)
    if (!inOneShop.some(name => name !== 'idle' && isWanted(name))) return
  }
  say(`warming up for ${size.warmUpSeconds} s`)
  await warmUp(shop, size.warmUpSeconds)
  if (isWanted('saturation') || isWanted('hot') || isWanted('overload')) {
    say('saturation')
    found.saturation = await saturation(shop, size)
  }
  if (isWanted('latency'))
    found.latency = await inTurn(
      rates,
      rate => `${rate} orders a second`,
      rate => latencyAt(shop, rate, size),
    )
  if (isWanted('hot')) {
    say('one item in all orders')
    found.hot = await metered(() => capacityOf({ ...shop, skus: shop.skus.slice(0, 1) }, size.repeats, size.seconds))
  }
  if (isWanted('drain'))
    found.drain = await inTurn(
      size.backlogs,
      orders => `a backlog of ${orders} orders`,
      orders => drain(shop, orders),
    )
  if (isWanted('replicas')) {
    say('one, two and three replicas of each service')
    found.replicas = await withReplicas(shop, size)
  }
  if (isWanted('flood')) {
    say('one customer floods the others')
    found.flood = await metered(() => flood(shop, Math.max(size.seconds, floodSeconds)))
  }
}

async function inTurn<T>(
  values: readonly number[],
  what: (value: number) => string,
  measure: (value: number) => Promise<T>,
): Promise<T[]> {
  const all: T[] = []
  for (const value of values) {
    say(what(value))
    all.push(await measure(value))
  }
  return all
}

/** With the default settings: the limit of orders under way adapts. */
async function atTwiceTheCapacity({ found, size }: Run): Promise<Metered<Found['overload'] & object>> {
  say('twice the capacity')
  const capacity = found.saturation?.capacity.ordersPerSecond.median ?? 0
  return inShop({}, async shop => {
    await warmUp(shop, Math.min(briefWarmUpSeconds, size.seconds))
    return metered(() => overload(shop, capacity, size.seconds))
  })
}

/** With a year's orders in the tables. Runs last: those have no events, so databases and topics no longer agree. */
async function grown({ size }: Run, shop: OpenShop): Promise<NonNullable<Found['growth']>> {
  say(`${size.finished} finished orders are put into the tables`)
  await fillWithFinished(shop.stack.sources, size.finished, shop.skus[0] ?? '')
  const orders = size.backlogs.at(-2) ?? 10_000
  say(`a backlog of ${orders} orders beside them`)
  return { finished: size.finished, drain: await drain(shop, orders) }
}
