import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import type { DocketEvent } from '@docket/contract/event.ts'
import { publishedBy } from '@docket/contract/flows.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import type { BatchConsumer } from '@docket/kafka/consumer.ts'
import { recordProducer, type RecordProducer } from '@docket/kafka/producer.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { boundHeap } from '@docket/foundation/heap.ts'
import { authenticator, remoteKeys, type KeySource } from './http/auth.ts'
import { fileKeys } from './http/key-file.ts'
import { revocations } from './http/revocations.ts'
import { callerLimitsOf, exitWrongConfiguration, readConfig, type Config } from './config.ts'
import type { Database } from './database/database.ts'
import { eventFeed, type EventFeed } from './feed/feed.ts'
import type { EntryPoints } from './entry-points.ts'
import { unconsumedEvents, type Unconsumed } from './feed/unconsumed.ts'
import type { GroupLimits } from './http/group-commit.ts'
import { ownDeadLetters } from './messaging/dead-letters.ts'
import { kafkaContact, type KafkaContact } from './messaging/kafka-contact.ts'
import { opsServer, type OpsServer } from './http/operations.ts'
import { httpServer, type HttpServer } from './http/server.ts'
import { drainOnly } from './drain-command.ts'
import { endCleanly, untilItWorks } from './lifecycle.ts'
import { logger, type Logger } from './log.ts'
import { migrateOnly } from './migrate-command.ts'
import { measure, measurePools, relayMeter, sweepMeter, type Health } from './service-metrics.ts'
import { metrics, type Measured } from './metric-registry.ts'
import { oneAtATime } from './database/one-at-a-time.ts'
import { publishOnlyTypesOf, releaseBefore } from './messaging/published-types.ts'
import { showDebeziumMode } from './messaging/debezium-mode.ts'
import { startRelay, type Relay } from './messaging/relay.ts'
import { expectRetention, reachKafka, retentionReader, topicsOf } from './own-topics.ts'
import { purgeSweep } from './purge.ts'
import { readiness } from './readiness.ts'
import { showPresence, type ReplicaPresence } from './replica-presence.ts'
import { listenForRevocations, type RevocationListener } from './revocation-listener.ts'
import { consumerOf } from './service-consumer.ts'
import { startSweeps, type RunningSweeps, type Sweep, type SweepMeter } from './sweeps.ts'
import { startTracing, stopTracing, tracedDatabase } from './tracing/tracing.ts'

export interface ServiceOptions<S extends z.ZodRawShape> {
  port: number
  settings?: S
  database?: 'postgres' | 'mysql'
  keys?: (settings: z.output<z.ZodObject<S>>) => KeySource
}

export interface Service<S extends z.ZodRawShape> {
  settings: Config<S>['settings']
  log: Logger
  /** Reads nothing while nobody does. */
  feed: EventFeed
  unconsumed(): Promise<Unconsumed>
  run(entryPoints: EntryPoints): Promise<void>
}

export async function service<const S extends z.ZodRawShape>(
  name: string,
  options: ServiceOptions<S>,
): Promise<Service<S>> {
  boundHeap(heapGrowth)
  const config = configOrExit(name, options)
  const log = logger(name, config.LOG_LEVEL)
  return {
    settings: config.settings,
    log,
    feed: eventFeed(config.kafka, log),
    unconsumed: unconsumedEvents(config.kafka, name, log),
    run: entryPoints => run(name, options, config, log, entryPoints),
  }
}

/**
 * Percent of what is in use. Measured under full load, in place of the usual 300: a fifth less memory, and as much time for
 * garbage collection.
 */
const heapGrowth = 100

function configOrExit<S extends z.ZodRawShape>(name: string, { port, settings }: ServiceOptions<S>): Config<S> {
  try {
    return readConfig(name, process.env, port, settings ?? ({} as S))
  } catch (error) {
    console.error(messageOf(error))
    process.exit(exitWrongConfiguration)
  }
}

/** A service without keys would refuse everybody, so it ends if the file holds none. */
function keysAt(url: string, log: Logger): KeySource {
  if (new URL(url).protocol !== 'file:') return remoteKeys(url)
  try {
    return fileKeys(url)
  } catch (error) {
    log.fatal({ setting: 'JWKS_URL' }, messageOf(error))
    process.exit(exitWrongConfiguration)
  }
}

const webConnections = 8
const workConnections = 4 // reserved for handlers, so that a flood of requests cannot keep events waiting

/**
 * Two groups run at a time: one executes while the other's commit reaches the disk. Requests that run alone may use all
 * connections.
 */
const groupsOf = (most: number): GroupLimits => ({
  maxSize: most,
  concurrency: most === 1 ? webConnections : 2,
  interval: { shortestMs: 45, longestMs: 90 }, // measured: docs/decisions/0041
})

interface Core<S extends z.ZodRawShape> {
  name: string
  version: string
  migrations: URL
  config: Config<S>
  log: Logger
  entryPoints: EntryPoints
  measured: Measured
  web: Database
  work: Database
  kafka: ReturnType<typeof kafkaClient>
  producer: RecordProducer
  contact: KafkaContact
  revoked: ReturnType<typeof revocations>
  running: Running
}

interface Running {
  isStopping: boolean
  waitsFor: string | undefined
  relay?: Relay
  sender?: { stop(): Promise<void> }
  sweeps?: RunningSweeps
  purges?: RunningSweeps
  consumer?: BatchConsumer
  listener?: RevocationListener
  presence?: ReplicaPresence
}

async function run<S extends z.ZodRawShape>(
  name: string,
  options: ServiceOptions<S>,
  config: Config<S>,
  log: Logger,
  entryPoints: EntryPoints,
): Promise<void> {
  const home = new URL('./', import.meta.resolve(`@docket/${name}/package.json`))
  const { version } = JSON.parse(await readFile(new URL('package.json', home), 'utf8')) as { version: string }
  publishOnlyTypesOf(config.PRODUCES_FROM ?? releaseBefore(version))
  const running: Running = { isStopping: false, waitsFor: 'start' }

  const open = await databaseOf(options.database ?? 'postgres')
  const onAppended: Relay['wake'] = stored => running.relay?.wake(stored)
  const connect = (pool: number) =>
    tracedDatabase(
      open({ url: config.DATABASE_URL, pool, log, onAppended, outbox: config.OUTBOX }),
      config.DATABASE_URL,
    )
  const migrations = new URL('migrations/', home)
  if (process.argv[2] === 'migrate') return migrateOnly(process.argv.slice(3), migrations, connect(1), log)
  await startTracing(name, version, config, log)

  const kafka = kafkaClient(config.kafka, (level, message, facts) =>
    log[level === 'error' ? 'warn' : 'debug'](facts, message),
  )
  const producer = recordProducer(kafka)
  ownDeadLetters(config.kafka, [...new Set([entryPoints.publishes, ...publishedBy(name)])])
  if (process.argv[2] === 'drain') return drainOnly(name, connect(1), kafka, producer, entryPoints, log)

  const core: Core<S> = {
    name,
    version,
    migrations,
    config,
    log,
    entryPoints,
    measured: metrics(name, entryPoints.measures, entryPoints.metrics),
    web: connect(webConnections),
    work: connect(workConnections),
    kafka,
    producer,
    contact: kafkaContact(),
    revoked: revocations(),
    running,
  }
  const servers = serversOf(core, options.keys?.(config.settings) ?? keysAt(config.JWKS_URL, log))
  const fatal = endCleanly(log, () => stop(core, servers), config.DRAIN_DELAY)
  const [port, opsPort] = await Promise.all([servers.api.listen(), servers.ops.listen()])
  log.info({ port, opsPort, version, outbox: config.OUTBOX }, 'listening')

  const sweepsMeter = sweepMeter(core.measured)
  await startWithDatabase(core, sweepsMeter)
  await startWithKafka(core, sweepsMeter, fatal)
  log.info('ready')
}

interface Servers {
  api: HttpServer
  ops: OpsServer
}

function serversOf<S extends z.ZodRawShape>(core: Core<S>, keys: KeySource): Servers {
  const { name, version, config, log, entryPoints, measured, web, work, revoked, running } = core
  const { confirms } = entryPoints
  const health = healthOf(core)
  const measures = oneAtATime(() => measured.look(work.read))
  const api = httpServer({
    service: name,
    version,
    port: config.PORT,
    routes: entryPoints.routes,
    db: web,
    log,
    isStopping: () => running.isStopping,
    trustProxy: config.TRUST_PROXY,
    groups: groupsOf(config.COMMIT_GROUP_SIZE),
    limits: { ofCaller: callerLimitsOf(config) },
    authenticate: authenticator(keys, revoked),
    confirms: confirms && (user => confirms(web.read, user)),
    isRevoked: revoked.isRevoked,
    observe: (method, route, status, seconds) => measured.http.observe({ method, route, status }, seconds),
    readiness: () => readiness(name, version, health),
  })
  const ops = opsServer({
    port: config.OPS_PORT,
    log,
    readiness: () => readiness(name, version, health),
    metrics: async () => {
      await measure(measured, health, measures)
      measurePools(measured, { web, work })
      measured.revocationsHeard.set(Number(running.listener !== undefined && running.listener.trouble() === undefined))
      for (const { topic, records } of running.consumer?.lag() ?? []) measured.lag.set({ topic }, records)
      return { contentType: measured.registry.contentType, text: await measured.registry.metrics() }
    },
  })
  return { api, ops }
}

function healthOf<S extends z.ZodRawShape>({ work, config, contact, running }: Core<S>): Health {
  return {
    database: oneAtATime(() => work.ping()),
    outbox: oneAtATime(() => work.outbox.depth()),
    troubles: () => ({
      kafka: contact.trouble(),
      ...(running.consumer && { consumer: running.consumer.trouble() }),
      ...(running.relay && { relay: running.relay.trouble() }),
      ...(running.listener && { revocations: running.listener.trouble() }),
    }),
    outboxMode: config.OUTBOX,
    waitsFor: () => (running.isStopping ? 'stopping' : (running.waitsFor ?? contact.waitsFor())),
  }
}

async function stop<S extends z.ZodRawShape>(
  { config, producer, web, work, running }: Core<S>,
  { api, ops }: Servers,
): Promise<void> {
  running.isStopping = true // no longer ready; clients that have not noticed are served until the server closes
  await Promise.all([
    pause(config.DRAIN_DELAY).then(() => api.close()),
    running.consumer?.stop(),
    running.sweeps?.stop(),
    running.purges?.stop(),
  ])
  running.listener?.stop()
  await running.sender?.stop() // last, because a relay publishes what the others have just committed
  await running.presence?.stop()
  await Promise.all([producer.disconnect(), web.close(), work.close(), stopTracing(), ops.close()])
}

async function startWithDatabase<S extends z.ZodRawShape>(core: Core<S>, meter: SweepMeter): Promise<void> {
  const { migrations, log, entryPoints, web, work, contact, running } = core
  const waiting = (reason: string) => {
    running.waitsFor = reason
  }
  running.presence = await showPresence(web, migrations, log, waiting)
  await untilItWorks('the database', log, () => web.migrate(migrations), waiting)
  await untilItWorks('the first data', log, async () => entryPoints.starts?.(web), waiting)
  running.sweeps = startSweeps([...(entryPoints.sweeps ?? []), forgetAnswers], work, log, meter)
  running.waitsFor = undefined
  contact.begin()
}

async function startWithKafka<S extends z.ZodRawShape>(
  core: Core<S>,
  meter: SweepMeter,
  fatal: (error: Error) => void,
): Promise<void> {
  const { name, config, log, entryPoints, measured, work, kafka, producer, contact, revoked, running } = core
  const listener = (running.listener = listenForRevocations(kafka, revoked, log))
  const topics = topicsOf(name, entryPoints)
  const states = await untilItWorks(
    'Kafka',
    log,
    () => reachKafka(name, kafka, producer, topics, log),
    (_, error) => contact.failed(error),
  )
  expectRetention(states, config.RETENTION_ORDERS, log)
  if (entryPoints.purges) {
    const steps = entryPoints.purges(retentionReader(kafka, topics, config.RETENTION_ORDERS, log))
    running.purges = startSweeps([purgeSweep(steps)], work, log, meter)
  }
  if (config.OUTBOX === 'relay')
    running.relay = startRelay(work.outbox, producer, `/${name}`, log, { meter: relayMeter(measured) })
  running.sender = running.relay ?? showDebeziumMode(work.outbox, log)
  if (entryPoints.consumes) {
    const onBatch = (events: readonly DocketEvent[]) => {
      running.sweeps?.wake()
      if (events.some(({ type }) => type === 'retention.passed')) running.purges?.wake()
    }
    running.consumer = consumerOf(name, entryPoints.consumes, {
      config,
      log,
      measured,
      kafka,
      producer,
      work,
      onBatch,
      fatal,
    })
    await running.consumer.start()
    await untilItReads(running.consumer, contact)
  }
  await untilItReads(listener, contact)
  contact.made()
}

const joinPollMs = 50

async function untilItReads(
  part: Pick<RevocationListener, 'trouble' | 'isRefused'>,
  contact: KafkaContact,
): Promise<void> {
  for (let trouble = part.trouble(); trouble !== undefined; trouble = part.trouble()) {
    contact.waiting(`Kafka: ${trouble}`, part.isRefused())
    await pause(joinPollMs, undefined, { ref: false })
  }
}

const forgetAnswers: Sweep = { name: 'forget answers', everyMs: 3_600_000, run: db => db.forgetAnswers() }

/** A driver takes idle memory, so only the one that is needed is loaded. */
async function databaseOf(kind: 'postgres' | 'mysql') {
  return kind === 'mysql'
    ? (await import('./database/mysql.ts')).mysqlDatabase
    : (await import('./database/postgres.ts')).postgresDatabase
}
