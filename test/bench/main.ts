/**
 * How fast it is, and how far from what the machine can do: npm run bench -- [--quick] [--only NAME] [--json FILE] On
 * servers of its own with production's durable settings; everything in one run, so that ratios hold although machines
 * differ and drift. Ends with exact books: a fast wrong answer is none. Exit status 1 when they are not exact.
 */
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { reconcileAtRest } from '@docket/reconciliation/audit.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { cliStart } from './measures/cli-start.ts'
import { drain, type Drain } from './measures/drain.ts'
import { fillWithFinished } from './measures/finished.ts'
import { kafkaAlone } from './measures/kafka-alone.ts'
import { latencyAt, type Latency } from './measures/latency.ts'
import { sqlLimits } from './measures/limits.ts'
import { withReplicas } from './measures/replicas.ts'
import { capacityOf, cpuOf, measuredCapacity, overload, saturation, slowCapacityOf } from './measures/saturation.ts'
import { tailSpeed } from './measures/tail.ts'
import { tracingCost } from './measures/tracing.ts'
import { ratiosOf, render, type Found } from './report.ts'
import { openShop, orderServices, type OpenShop } from './shop.ts'

const names = [
  'limits',
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
] as const
const asked: readonly string[] = ['tracing', 'replicas'] // only by name: they start many services
type Name = (typeof names)[number]
const inOneShop: readonly Name[] = ['saturation', 'latency', 'hot', 'overload', 'drain', 'replicas']

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, json: { type: 'string' } },
})
if (values.only !== undefined && !names.some(name => name === values.only)) {
  console.error(`--only: ${values.only} is none of ${names.join(', ')}`)
  process.exit(2)
}

const size = values.quick
  ? {
      repeats: 1,
      seconds: 5,
      fewest: 100,
      rates: [10, 50, 500],
      backlogs: [1_000, 10_000, 20_000],
      finished: 50_000,
      tailed: 40_000,
    }
  : {
      repeats: 3,
      seconds: 15,
      fewest: 300,
      rates: [10, 50, 500],
      backlogs: [1_000, 10_000, 50_000, 100_000],
      finished: 1_000_000,
      tailed: 100_000,
    }
const isWanted = (name: Name) => (values.only === undefined ? !asked.includes(name) : values.only === name)
const auditMs = 300_000
const secondsUnderWay = 4 // what is under way at saturation, and some room
const warmUpSeconds = Math.min(10, size.seconds)
const onesEnv = { CONSUMER_BATCH_SIZE: '1', COMMIT_GROUP_SIZE: '1' }

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`)
}

async function inShop<T>(env: Record<string, string>, work: (shop: OpenShop) => Promise<T>): Promise<T> {
  const shop = await openShop(Object.fromEntries(orderServices.map(name => [name, env])))
  try {
    return await work(shop)
  } finally {
    await shop.close()
  }
}

async function expectExactBooks(shop: OpenShop): Promise<void> {
  const wrong = await reconcileAtRest(shop.stack.sources, auditMs)
  if (wrong.length > 0)
    throw new Error(
      `the books are not exact, so no figure counts:\n${wrong
        .slice(0, 20)
        .map(({ invariant, about, text }) => `  ${invariant}: ${about} ${text}`)
        .join('\n')}`,
    )
}

async function inNormalSettings(found: Found, shop: OpenShop): Promise<void> {
  if (isWanted('saturation') || isWanted('hot') || isWanted('overload')) {
    say('saturation')
    found.saturation = await saturation(shop, size)
  }
  if (isWanted('latency')) {
    const all: Latency[] = []
    for (const rate of size.rates) {
      say(`latency at ${rate} orders a second`)
      all.push(await latencyAt(shop, rate, size))
    }
    found.latency = all
  }
  if (isWanted('hot')) {
    say('one item in all orders')
    found.hot = await capacityOf({ ...shop, skus: shop.skus.slice(0, 1) }, size.repeats, size.seconds)
  }
  if (isWanted('drain')) {
    const all: Drain[] = []
    for (const orders of size.backlogs) {
      say(`a backlog of ${orders} orders`)
      all.push(await drain(shop, orders))
    }
    found.drain = all
  }
}

/** With orders of a year in the tables. Last, as those have no events and the books cannot be exact any more. */
async function grown(found: Found, shop: OpenShop): Promise<void> {
  say(`${size.finished} finished orders are put into the tables`)
  await fillWithFinished(shop.stack.sources, size.finished, shop.skus[0] ?? '')
  const orders = size.backlogs.at(-2) ?? 10_000
  say(`a backlog of ${orders} orders beside them`)
  found.growth = { finished: size.finished, drain: await drain(shop, orders) }
}

const found: Found = {
  at: new Date().toISOString(),
  machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  node: process.version,
}
process.exitCode = await onOwnServers(async ({ at, start }) => {
  await start()
  if (isWanted('cli')) {
    say('starting mgmt')
    found.cli = cliStart()
  }
  if (isWanted('limits')) {
    say('the limit: SQL alone, then Kafka alone')
    found.sql = await sqlLimits(size)
    found.kafka = await kafkaAlone(at.kafkaBrokers, size.seconds)
  }
  if (isWanted('tail')) {
    say('mgmt events tail')
    found.tail = await tailSpeed(at.kafkaBrokers, size.tailed)
  }
  if (isWanted('ones')) {
    say('batches of one')
    found.ones = await inShop(onesEnv, async shop => {
      await slowCapacityOf(shop, 1, 1, 50) // to warm up
      return slowCapacityOf(shop, size.repeats, size.seconds, 200)
    })
  }
  if (isWanted('tracing')) {
    found.tracing = await tracingCost(values.quick ? 2 : 4, async env => {
      say(`tracing ${Object.keys(env).length > 0 ? 'on' : 'off'}`)
      return inShop(env, async shop => {
        await capacityOf(shop, 1, warmUpSeconds)
        const { capacity, perOrder } = await measuredCapacity(shop, 1, size.seconds)
        return { ordersPerSecond: capacity.median, cpuMs: cpuOf(perOrder) }
      })
    })
  }
  if (inOneShop.some(isWanted))
    await inShop({}, async shop => {
      await inNormalSettings(found, shop)
      if (isWanted('replicas')) {
        say('one, two and three replicas of each service')
        found.replicas = await withReplicas(shop, size)
      }
    })
  const capacity = found.saturation?.capacity.median ?? 0
  if (isWanted('overload')) {
    say('twice as much as it bears, with a limit that fits this machine')
    found.overload = await inShop(
      { MAX_ORDERS_UNDER_WAY: String(Math.ceil(secondsUnderWay * capacity)) },
      async shop => {
        await capacityOf(shop, 1, warmUpSeconds)
        return overload(shop, capacity, size.seconds)
      },
    )
  }
  await inShop({}, async shop => {
    say('the books')
    await expectExactBooks(shop)
    if (isWanted('growth')) await grown(found, shop)
  })
  const ratios = ratiosOf(found)
  console.log(`\n${render(found, ratios)}`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...found, ratios }, undefined, 2)}\n`)
  return 0
})
