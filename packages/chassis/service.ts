import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { z } from 'zod'
import { deadLetterReasons } from '@docket/kafka/classify.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { batchConsumer, type BatchConsumer } from '@docket/kafka/consumer.ts'
import type { DocketEvent, EventType, Topic } from '@docket/contract/event.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { deadLettersOwnedBy } from '@docket/contract/flows.ts'
import { missingTopics } from '@docket/kafka/admin.ts'
import { recordProducer, type RecordProducer } from '@docket/kafka/producer.ts'
import { TopicsMissing } from '@docket/kafka/security.ts'
import { problemsOf, retentionMsOf, topicStates, type TopicState } from '@docket/kafka/topic-check.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import { authenticator, confirmed, remoteKeys, type KeySource } from './http/auth.ts'
import { revocations } from './http/revocations.ts'
import { callerLimitsOf, exitWrongConfiguration, readConfig, type Config } from './config.ts'
import type { Database, Tx } from './database/database.ts'
import type { GroupLimits } from './http/group-commit.ts'
import { ownDeadLetters } from './messaging/dead-letters.ts'
import { handleBatch, type Handlers } from './messaging/handlers.ts'
import { kafkaContact, type KafkaContact } from './messaging/kafka-contact.ts'
import { opsServer } from './http/operations.ts'
import { httpServer } from './http/server.ts'
import { endCleanly, untilItWorks } from './lifecycle.ts'
import { about, logger, traceIdOf, type Logger } from './log.ts'
import {
  deliveryMeter,
  measure,
  measurePools,
  patienceMs,
  relayMeter,
  sweepMeter,
  unknownTypeMeter,
  type Health,
} from './service-metrics.ts'
import { metrics, type Measure, type Measured, type OwnMetric } from './metric-registry.ts'
import { queryQueue } from './database/one-at-a-time.ts'
import { publishOnlyTypesOf, releaseBefore } from './messaging/published-types.ts'
import { showDebeziumMode } from './messaging/debezium-mode.ts'
import { startRelay, type Relay } from './messaging/relay.ts'
import { purgeSweep, type PurgeStep } from './purge.ts'
import { listenForRevocations, type RevocationListener } from './revocation-listener.ts'
import { refusedRetention, retentionOf, type ReadRetention } from './retention.ts'
import type { Route, User } from './http/route.ts'
import { startSweeps, type RunningSweeps, type Sweep } from './sweeps.ts'
import { noteDeadLetter, startTracing, stopTracing, tracedDatabase } from './tracing/tracing.ts'

export interface ServiceOptions<S extends z.ZodRawShape> {
  /** Unless PORT says otherwise. */
  port: number
  /** Its own environment variables, beside those that all services have. */
  settings?: S
  database?: 'postgres' | 'mysql'
  /** Keys that verify tokens; default: those that user-service publishes at JWKS_URL. */
  keys?: (settings: z.output<z.ZodObject<S>>) => KeySource
}

/** The entry points of the service, and the topic that it publishes to. */
export interface EntryPoints {
  routes: readonly Route[]
  /** What happens when an event comes. */
  consumes?: Handlers
  /** The topic of its own events. */
  publishes: Topic
  sweeps?: readonly Sweep[]
  /** What deletes what is old, in this order; begins once the retention of the topics is known and allows it. */
  purges?: (retention: ReadRetention) => readonly PurgeStep[]
  /** Evaluated whenever the metrics are scraped. */
  measures?: readonly Measure[]
  /** What its own code counts. */
  metrics?: readonly OwnMetric[]
  /** Whether a caller still is what the token says; asked for each token that is valid. By default: yes. */
  confirms?: (tx: Tx, user: User) => Promise<boolean>
  /** Runs once, after the migrations, before the first request is let in. */
  starts?: (db: Database) => Promise<void>
}

export interface Service<S extends z.ZodRawShape> {
  settings: Config<S>['settings']
  log: Logger
  run(entryPoints: EntryPoints): Promise<void>
}

/** Reads configuration and names of a service; exits with 78 and a list of what is wrong when it cannot start. */
export async function service<const S extends z.ZodRawShape>(
  name: string,
  options: ServiceOptions<S>,
): Promise<Service<S>> {
  const config = configOrExit(name, options)
  const log = logger(name, config.LOG_LEVEL)
  return { settings: config.settings, log, run: entryPoints => run(name, options, config, log, entryPoints) }
}

function configOrExit<S extends z.ZodRawShape>(name: string, { port, settings }: ServiceOptions<S>): Config<S> {
  try {
    return readConfig(name, process.env, port, settings ?? ({} as S))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(exitWrongConfiguration)
  }
}

const webConnections = 8
const workConnections = 4 // of their own, so that a flood of requests cannot keep events waiting

/**
 * Two groups: one is executed while the other's commit reaches the disk. Requests that run alone may use all connections.
 */
const groupsOf = (most: number): GroupLimits => ({ maxSize: most, concurrency: most === 1 ? webConnections : 2 })

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
  const measured = metrics(name, entryPoints.measures, entryPoints.metrics)
  const state = {
    stopping: false,
    waitsFor: 'start' as string | undefined,
    relay: undefined as Relay | undefined,
    sender: undefined as { stop(): Promise<void> } | undefined, // the relay, or what shows that there is none
  }

  const open = await databaseOf(options.database ?? 'postgres')
  const onAppended = () => state.relay?.wake()
  const connect = (pool: number) =>
    tracedDatabase(
      open({ url: config.DATABASE_URL, pool, log, onAppended, outbox: config.OUTBOX }),
      config.DATABASE_URL,
    )
  if (process.argv[2] === 'migrate') return migrateOnly(home, connect(1), log)
  await startTracing(name, version, config, log)
  const [web, work] = [connect(webConnections), connect(workConnections)]

  const kafka = kafkaClient(config.kafka, (level, message, facts) =>
    log[level === 'error' ? 'warn' : 'debug'](facts, message),
  )
  const producer = recordProducer(kafka)
  ownDeadLetters(config.kafka, entryPoints.publishes)
  if (process.argv[2] === 'drain') return drainOnly(name, connect(1), kafka, producer, entryPoints, log)
  let sweeps: RunningSweeps | undefined
  let purges: RunningSweeps | undefined
  let consumer: BatchConsumer | undefined
  const revoked = revocations()
  let listener: RevocationListener | undefined

  const stop = async () => {
    state.stopping = true // not ready from now on; clients that do not know it yet are served until the server closes
    await Promise.all([
      pause(config.DRAIN_DELAY).then(() => server.close()),
      consumer?.stop(),
      sweeps?.stop(),
      purges?.stop(),
    ])
    listener?.stop()
    await state.sender?.stop() // last: a relay publishes what the others have just committed
    await Promise.all([producer.disconnect(), web.close(), work.close(), stopTracing(), ops.close()])
  }
  const contact = kafkaContact()
  const queue = queryQueue()
  const health: Health = {
    database: queue(async () => {
      await work.ping()
      return work.outbox.depth()
    }),
    troubles: () => ({
      kafka: contact.trouble(),
      ...(consumer && { consumer: consumer.trouble() }),
      ...(state.relay && { relay: state.relay.trouble() }),
      ...(listener && { revocations: listener.trouble() }),
    }),
    outboxMode: config.OUTBOX,
    waitsFor: () => (state.stopping ? 'stopping' : (state.waitsFor ?? contact.waitsFor())),
  }
  const measures = queue(() => measured.look(work.read))
  const fatal = endCleanly(log, stop, config.DRAIN_DELAY)

  const { confirms } = entryPoints
  const recognize = authenticator(options.keys ? options.keys(config.settings) : remoteKeys(config.JWKS_URL), revoked)
  const server = httpServer({
    service: name,
    version,
    port: config.PORT,
    routes: entryPoints.routes,
    db: web,
    log,
    isStopping: () => state.stopping,
    trustProxy: config.TRUST_PROXY,
    groups: groupsOf(config.COMMIT_GROUP_SIZE),
    limits: { ofCaller: callerLimitsOf(config) },
    authenticate: confirms ? confirmed(recognize, user => confirms(web.read, user)) : recognize,
    recognize,
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
      measured.revocationsHeard.set(Number(listener !== undefined && listener.trouble() === undefined))
      for (const { topic, records } of consumer?.lag() ?? []) measured.lag.set({ topic }, records)
      return { contentType: measured.registry.contentType, text: await measured.registry.metrics() }
    },
  })
  const [port, opsPort] = await Promise.all([server.listen(), ops.listen()])
  log.info({ port, opsPort, version, outbox: config.OUTBOX }, 'listening')

  const waiting = (reason: string) => {
    state.waitsFor = reason
  }
  await untilItWorks('the database', log, () => web.migrate(new URL('migrations/', home)), waiting)
  await untilItWorks('the first data', log, async () => entryPoints.starts?.(web), waiting)
  const meter = sweepMeter(measured)
  sweeps = startSweeps([...(entryPoints.sweeps ?? []), forgetAnswers], work, log, meter)
  state.waitsFor = undefined
  contact.begin()
  listener = listenForRevocations(kafka, revoked, log)
  const topics = topicsOf(name, entryPoints)
  const states = await untilItWorks(
    'Kafka',
    log,
    () => reachKafka(kafka, producer, topics, log),
    (_, error) => contact.failed(error),
  )
  expectRetention(states, config.RETENTION_ORDERS, log)
  if (entryPoints.purges) {
    const steps = entryPoints.purges(retentionReader(kafka, topics, config.RETENTION_ORDERS, log))
    purges = startSweeps([purgeSweep(steps)], work, log, meter)
  }
  if (config.OUTBOX === 'relay')
    state.relay = startRelay(work.outbox, producer, `/${name}`, log, { meter: relayMeter(measured) })
  state.sender = state.relay ?? showDebeziumMode(work.outbox, log)
  if (entryPoints.consumes) {
    consumer = consumerOf(name, entryPoints.consumes, {
      config,
      log,
      measured,
      kafka,
      producer,
      work,
      onBatch(events) {
        sweeps?.wake()
        if (events.some(({ type }) => type === 'retention.passed')) purges?.wake()
      },
      fatal,
    })
    await consumer.start()
    await untilItReads(consumer, contact)
  }
  await untilItReads(listener, contact)
  contact.made()
  log.info('ready')
}

/** Ends the process when orders would be deleted while a record can still come that needs them. */
function expectRetention(states: readonly TopicState[], ordersMs: number | undefined, log: Logger): void {
  const refusal = refusedRetention(retentionsOf(states), ordersMs)
  if (refusal === undefined) return
  log.fatal({ setting: 'RETENTION_ORDERS' }, refusal)
  process.exit(exitWrongConfiguration)
}

/** Looks at the topics each time: their retention may be changed while a service runs. */
const retentionReader =
  (
    kafka: ReturnType<typeof kafkaClient>,
    topics: readonly Topic[],
    ordersMs: number | undefined,
    log: Logger,
  ): ReadRetention =>
  async () => {
    const { states } = await topicStates(kafka, withDeadLetters(topics))
    const refusal = refusedRetention(retentionsOf(states), ordersMs)
    if (refusal !== undefined) log.error({ setting: 'RETENTION_ORDERS' }, `no order is deleted: ${refusal}`)
    return retentionOf(retentionsOf(states), ordersMs)
  }

const joinPollMs = 50

/** Waits until the consumer is a member of its group, or the listener has caught up, for the first time. */
async function untilItReads(
  part: Pick<RevocationListener, 'trouble' | 'isRefused'>,
  contact: KafkaContact,
): Promise<void> {
  for (let trouble = part.trouble(); trouble !== undefined; trouble = part.trouble()) {
    contact.waiting(`Kafka: ${trouble}`, part.isRefused())
    await pause(joinPollMs, undefined, { ref: false })
  }
}

/** The topics that a service reads and writes. */
function topicsOf(name: string, { consumes = {}, publishes }: EntryPoints): Topic[] {
  const types = Object.keys(consumes) as EventType[] // the keys of Handlers are event types
  return [...new Set<Topic>([publishes, ...types.map(type => topicOf[type]), ...deadLettersOwnedBy(name)])]
}

const withDeadLetters = (topics: readonly Topic[]) => topics.flatMap(topic => [topic, deadLetterTopic(topic)])

const retentionsOf = (states: readonly TopicState[]) =>
  states.map(state => ({ topic: state.topic, ms: retentionMsOf(state) }))

/** One good connection, with this service's rights: it sees its topics. Says what is wrong with them, and returns them. */
async function reachKafka(
  kafka: ReturnType<typeof kafkaClient>,
  producer: RecordProducer,
  topics: Topic[],
  log: Logger,
): Promise<TopicState[]> {
  await producer.connect()
  const missing = await missingTopics(kafka, topics)
  if (missing.length > 0) throw new TopicsMissing(missing)
  const { states, brokers } = await topicStates(kafka, withDeadLetters(topics))
  for (const { topic, text, remedy } of problemsOf(states, brokers)) log.warn({ topic, remedy }, `${topic} ${text}`)
  return states
}

const forgetAnswers: Sweep = { name: 'forget answers', everyMs: 3_600_000, run: db => db.forgetAnswers() }

/** Only the driver that is needed is loaded: idle memory counts. */
async function databaseOf(kind: 'postgres' | 'mysql') {
  return kind === 'mysql'
    ? (await import('./database/mysql.ts')).mysqlDatabase
    : (await import('./database/postgres.ts')).postgresDatabase
}

async function migrateOnly(home: URL, db: Database, log: Logger): Promise<void> {
  const applied = await untilItWorks(
    'the database',
    log,
    () => db.migrate(new URL('migrations/', home)),
    () => undefined,
  )
  log.info({ applied }, applied.length > 0 ? 'migrated' : 'the schema is up to date')
  await db.close()
}

const drainPollMs = 100

/** Sends what waits in the outbox, and ends when it is empty: before Debezium takes over, when no replica runs. */
async function drainOnly(
  name: string,
  db: Database,
  kafka: ReturnType<typeof kafkaClient>,
  producer: RecordProducer,
  entryPoints: EntryPoints,
  log: Logger,
): Promise<void> {
  const ignore = () => undefined
  await untilItWorks('Kafka', log, () => reachKafka(kafka, producer, topicsOf(name, entryPoints), log), ignore)
  const relay = startRelay(db.outbox, producer, `/${name}`, log)
  const rows = () => untilItWorks('the database', log, async () => (await db.outbox.depth()).rows, ignore)
  while ((await rows()) > 0) await pause(drainPollMs)
  await relay.stop()
  await Promise.all([producer.disconnect(), db.close()])
  log.info('the outbox is empty')
  process.exit(0) // kafkajs leaves timers behind
}

interface Parts {
  config: Config<z.ZodRawShape>
  log: Logger
  measured: Measured
  kafka: ReturnType<typeof kafkaClient>
  producer: ReturnType<typeof recordProducer>
  work: Database
  onBatch(events: readonly DocketEvent[]): void
  fatal(error: Error): void
}

function consumerOf(
  name: string,
  handlers: Handlers,
  { config, log, measured, kafka, producer, work, onBatch, fatal }: Parts,
): BatchConsumer {
  const types = Object.keys(handlers) as EventType[] // the keys of Handlers are event types
  const ownsDeadLettersOf = deadLettersOwnedBy(name)
  const topics = new Set<Topic>([...types.map(type => topicOf[type]), ...ownsDeadLettersOf])
  for (const topic of topics) for (const reason of deadLetterReasons) measured.deadLetters.inc({ topic, reason }, 0)
  const delivered = deliveryMeter(measured, types)
  const countUnknown = unknownTypeMeter(measured)
  for (const type of types) measured.pastEvents.inc({ type }, 0)
  return batchConsumer({
    kafka,
    group: name,
    topics: [...topics].sort(),
    consumes: types,
    ownsDeadLettersOf,
    producer: producer,
    log,
    batchSize: config.CONSUMER_BATCH_SIZE,
    async handle(events) {
      for (const { type } of await handleBatch(work, handlers, events)) measured.pastEvents.inc({ type })
      delivered(events)
      onBatch(events)
      if (log.isLevelEnabled('debug'))
        for (const { key, type, traceparent, id } of events)
          log.debug({ ...about(key, type), traceId: traceIdOf(traceparent), eventId: id }, `handled ${type}`)
    },
    isTransient: error => work.isTransient(error),
    onBatch(events, seconds) {
      measured.events.inc(events)
      measured.batch.observe(seconds)
    },
    onDeadLetter(letter) {
      measured.deadLetters.inc({ topic: letter.record.topic, reason: letter.reason })
      noteDeadLetter(letter)
    },
    onUnknownType({ topic, type, events }) {
      if (countUnknown(topic, type, events)) log.warn({ topic, type }, `${type} is not known to this release; ignored`)
    },
    onCrash: fatal,
  })
}

async function readiness(service: string, version: string, health: Health) {
  const start = health.waitsFor()
  const database =
    start === 'stopping' // then the answer must come at once: load balancers wait for it before they stop sending requests
      ? { ok: false as const, detail: 'no longer checked' }
      : await health.database(patienceMs).then(
          outbox => ({ ok: true as const, outbox }),
          (error: Error) => ({ ok: false as const, detail: error.message }),
        )
  const checkOf = (trouble: string | undefined) =>
    trouble === undefined ? { ok: true } : { ok: false, detail: trouble }
  const checks = {
    database: database.ok ? { ok: true } : { ok: false, detail: database.detail },
    start: checkOf(start),
    ...Object.fromEntries(Object.entries(health.troubles()).map(([part, trouble]) => [part, checkOf(trouble)])),
  }
  return {
    // not by Kafka, but for the first contact (`start`): events wait in the outbox while it is unavailable
    status: checks.database.ok && checks.start.ok ? ('ready' as const) : ('not_ready' as const),
    service,
    version,
    uptimeSeconds: Math.round(process.uptime()),
    checks,
    outbox: { mode: health.outboxMode, ...(database.ok ? database.outbox : { rows: 0, oldestSeconds: 0, modes: [] }) },
  }
}
