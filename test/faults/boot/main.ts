/**
 * Starting in every order, and servers that are unavailable for a minute: npm run faults:boot -- [--seconds 60]
 * [--shard 1/3] On servers of its own. Exit status 1 when a process ended by itself, an endpoint answered anything but what it should,
 * or the reconciliation found something.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { addresses, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { startStack as startServers, stopStack as stopServers, everything } from '@docket/local/stack.ts'
import { call } from '@docket/test/support/client.ts'
import { untilAllConsume } from '@docket/test/support/readiness.ts'
import { serviceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { startLoad } from '../chaos/load.ts'
import { randomFrom } from '../chaos/random.ts'
import { wrongEndings } from '../orders.ts'
import { readShard, sliceOf } from '@docket/test/support/shard.ts'

type ServerName = (typeof everything.servers)[number]

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    shard: { type: 'string', default: '1/1' },
  },
})
const outageMs = Number(values.seconds) * 1_000
const orders: ServerName[][] = [
  ['kafka', 'postgres', 'mariadb'],
  ['postgres', 'mariadb', 'kafka'],
  ['mariadb', 'kafka', 'postgres'],
  ['kafka', 'mariadb', 'postgres'],
  ['postgres', 'kafka', 'mariadb'],
  ['mariadb', 'postgres', 'kafka'],
]
const quietly = () => undefined
const start = (server: ServerName) => startServers({ servers: [server], services: [] }, quietly)
const stop = (server: ServerName) => stopServers({ servers: [server], services: [] }, quietly)

async function bootsAfter(at: Addresses, servers: ServerName[], holdMs: number): Promise<string[]> {
  await Promise.all(everything.servers.map(stop))
  const processes = serviceProcesses(at)
  const wrong: string[] = []
  try {
    // it stops waiting before the servers are there
    for (const name of serviceNames) processes.start(name).catch(() => undefined)
    for (const untilMs = Date.now() + holdMs; Date.now() < untilMs; await pause(1_000))
      wrong.push(...(await Promise.all(serviceNames.map(name => waits(at, name)))).flat())
    for (const server of servers) await start(server)
    await Promise.all(serviceNames.map(name => processes.untilReady(name))).catch((error: unknown) =>
      wrong.push(messageOf(error)),
    )
    wrong.push(...processes.exits.map(({ name, code, signal }) => `${name} ended with ${signal ?? code}`))
  } finally {
    await processes.stop()
  }
  return [...new Set(wrong)]
}

const waits = (at: Addresses, name: ServiceName) => answersWhileDown(at, name, 503)

/** A service that has reached Kafka before stays ready without it: its outbox keeps what it publishes. */
const staysReady = (at: Addresses, name: ServiceName) => answersWhileDown(at, name, 200)

async function answersWhileDown(at: Addresses, name: ServiceName, readyz: 200 | 503): Promise<string[]> {
  const url = `http://127.0.0.1:${at.servicePort(name)}`
  const listens = await call(`${url}/livez`, 'GET').then(
    ({ status }) => status,
    () => undefined,
  )
  if (listens === undefined) return [] // it has only just been started
  const { status } = await call(`${url}/readyz`, 'GET')
  return [
    ...(listens === 200 ? [] : [`${name} answered /livez with ${listens}`]),
    ...(status === readyz ? [] : [`${name} answered /readyz with ${status}, not ${readyz}, while a server was down`]),
  ]
}

/**
 * One server is unavailable for a while, under load: what needs it answers 503 (nothing does so for Kafka, which has been
 * reached before), nothing ends, and afterwards every order ends right.
 */
async function survivesWithout(stack: Stack, server: ServerName, seed: number): Promise<string[]> {
  const load = await startLoad(stack, seed, 10)
  await until('orders come in', async () => load.acknowledged().length > 20)
  await stop(server)
  const concerned: ServiceName[] =
    server === 'mariadb'
      ? ['user-service']
      : ['order-service', 'inventory-service', 'payment-service', 'shipping-service']
  const wrong: string[] = []
  for (const untilMs = Date.now() + outageMs, graceMs = Date.now() + 25_000; Date.now() < untilMs; await pause(1_000)) {
    if (Date.now() > graceMs)
      for (const name of concerned) wrong.push(...(await (server === 'kafka' ? staysReady : waits)(stack.at, name)))
  }
  await start(server)
  await Promise.all(serviceNames.map(name => stack.processes.untilReady(name)))
  if (server === 'kafka') await untilAllConsume(stack.ops)
  await load.stop()
  wrong.push(
    ...(await stack.reconcile()),
    ...load.violations(),
    ...(await wrongEndings(stack.sources.orders, load.acknowledged())),
  )
  wrong.push(...stack.processes.exits.map(({ name, code, signal }) => `${name} ended with ${signal ?? code}`))
  return [...new Set(wrong)]
}

let failures = 0
async function round(title: string, work: () => Promise<string[]>): Promise<void> {
  const began = performance.now()
  const wrong = await work()
  console.log(
    `${wrong.length === 0 ? 'ok   ' : 'WRONG'}  ${title}  ${((performance.now() - began) / 1_000).toFixed(0)} s`,
  )
  for (const sentence of wrong.slice(0, 10)) console.log(`         ${sentence}`)
  if (wrong.length > 0) failures++
}

const boot = (servers: ServerName[], holdMs: number) => ({
  title: `services first, then after ${holdMs / 1_000} s ${servers.join(', ')}`,
  work: () => bootsAfter(addresses(), servers, holdMs),
})
const outage = (server: ServerName) => ({
  title: `${server} unavailable for ${outageMs / 1_000} s under load`,
  async work() {
    const stack = await startStack()
    try {
      return await survivesWithout(stack, server, Math.floor(random.between(1, 1e6)))
    } finally {
      await stack.stop()
    }
  },
})

const random = randomFrom(Number(values.seed))
// in turns, so that neighbours take about as long as one another
const [firstOrder = [], ...otherOrders] = orders
const rounds = [
  boot(firstOrder, outageMs),
  ...otherOrders.slice(0, 2).map(servers => boot(servers, 3_000)),
  ...everything.servers.flatMap((server, n) => [
    outage(server),
    ...otherOrders.slice(2 + n, 3 + n).map(servers => boot(servers, 3_000)),
  ]),
]
const chosen = sliceOf(rounds, readShard(values.shard))

process.exitCode = await onOwnServers(async own => {
  await own.start()
  for (const { title, work } of chosen) {
    if (own.signal.aborted) return 1
    await round(title, work)
  }
  return failures === 0 ? 0 : 1
})
