import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { classify, type Subscription, type DeadLetter, type UnknownCount } from './classify.ts'
import { deadLetterPublisher } from './dead-letter-publisher.ts'
import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { ConsumerLog } from './consumer-log.ts'
import { batched } from '@docket/foundation/batching.ts'
import { missingTopics } from './admin.ts'
import { heldPartitions } from './held-partitions.ts'
import { lagTracker, type TopicLag } from './lag.ts'
import { offsetTracker, type CommittedOffset } from './offsets.ts'
import type { RecordProducer } from './producer.ts'
import type { IncomingRecord } from './record-codec.ts'
import { refusalOf, TopicsMissing } from './security.ts'
import { pace } from '@docket/foundation/pacing.ts'
import { processWithRetry } from './process-with-retry.ts'

export interface ConsumerOptions {
  kafka: Kafka
  /** The consumer group: one per service, all its members with the same subscription (kafkajs #1040). */
  group: string
  topics: readonly string[]
  consumes: readonly EventType[]
  /** See `Subscription.ownsDeadLettersOf`. */
  ownsDeadLettersOf: readonly string[]
  /** Handles events in one transaction: all of them, or none. */
  handle(events: readonly DocketEvent[]): Promise<void>
  isTransient(error: unknown): boolean
  /** Produces dead letters. */
  producer: RecordProducer
  /** Events of one transaction at the most. */
  batchSize: number
  log: ConsumerLog
  onBatch?(events: number, seconds: number): void
  onDeadLetter?(letter: DeadLetter): void
  /** Well-formed events of a type that this release does not know were ignored. */
  onUnknownType?(count: UnknownCount): void
  /** The consumer cannot go on: the process must end, so that its supervisor starts it again. */
  onCrash(error: Error): void
}

export interface BatchConsumer {
  /** Waits for Kafka and for the topics, then joins the group. Resolves when it has been told to consume. */
  start(): Promise<void>
  /** Undefined when all is well, or what it waits for. */
  trouble(): string | undefined
  /** Kafka is there, but does not let it consume: see refusalOf. */
  isRefused(): boolean
  /** What waits in each topic for this member, as far as it knows. */
  lag(): TopicLag[]
  stop(): Promise<void>
}

const heartbeatMs = 2_000
const sessionTimeoutMs = 10_000 // how long the partitions of a member that died stay unread
const silenceMs = 10_000 // without a heartbeat for this long it is alive, but not consuming
// without a heartbeat for this long it is no member of the group any more, whatever it still fetches
const expelledMs = 15_000
// a member of the group whose commits fail for this long asks a broker that is not its coordinator any more, and would
// do so until the process ends (kafkajs #1152)
const uncommittedMs = 20_000
const looksUntilSure = 3 // a process that was paused has been silent too, and joins by itself
const replacedAfterMs = 1_000 // so that one which crashes at once does not do it all the time
const commitMs = 500
const stopMs = 7_000 // twice at the most: a process has 20 s to end

/**
 * Hands over what a poll brought, merged over its partitions, and commits the offsets once it is handled. Delivers at
 * least once: every handler must know what it has already done.
 */
export function batchConsumer(options: ConsumerOptions): BatchConsumer {
  const { log } = options
  const subscription: Subscription = {
    consumes: new Set(options.consumes),
    ownsDeadLettersOf: new Set(options.ownsDeadLettersOf),
  }
  const ending = new AbortController()
  let consumer: Consumer | undefined
  let waitsFor: string | undefined = 'not started'
  let lastBeatMs = Infinity // when the group last counted on us; before the first time: never yet
  let silentLooks = 0
  let isRefused = false
  let failing: string | undefined // why the batch at hand does not get done
  const onTrouble = (trouble: string | undefined) => void (failing = trouble)
  let watch: NodeJS.Timeout | undefined

  const letters = deadLetterPublisher(options)
  const held = heldPartitions()

  /** Handles what several partitions have brought as one batch; returns the dead letters of each. */
  const process = batched<IncomingRecord[], DeadLetter[]>(
    async lists => {
      const fromMs = performance.now()
      const records = lists.flat()
      const dead: DeadLetter[] = []
      for (let from = 0; from < records.length; from += options.batchSize) {
        const slice = records.slice(from, from + options.batchSize)
        dead.push(...(await handleRecords(slice, subscription, { ...options, onTrouble }, ending.signal)))
      }
      await pace(performance.now() - fromMs, ending.signal)
      const byPartition = Map.groupBy(dead, ({ record }) => nameOf(record))
      return lists.map(([first]) => (first && byPartition.get(nameOf(first))) ?? [])
    },
    { maxSize: Infinity, concurrency: 1 },
  )
  const polls = new Set<Promise<void>>()
  const lag = lagTracker(options.topics)
  const offsets = offsetTracker(list => (consumer ? commit(consumer, list) : Promise.resolve()), commitMs, log)

  async function onPoll(payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch
    const last = messages.at(-1)
    if (!last || !payload.isRunning() || payload.isStale() || ending.signal.aborted) return
    const records = messages.map(message => ({
      topic,
      partition,
      offset: message.offset,
      timestamp: message.timestamp,
      key: message.key,
      value: message.value,
      headers: message.headers ?? {},
    }))
    lag.note(topic, partition, messages[0]?.offset ?? last.offset, payload.batch.highWatermark)
    const beat = heartbeats(payload)
    let waiting: DeadLetter[] = []
    try {
      waiting = await publishLetters(await process(records))
    } catch (error) {
      if (ending.signal.aborted) return // not resolved: the next owner of the partition gets it again
      throw error
    } finally {
      beat.stop()
    }
    payload.resolveOffset(last.offset)
    if (waiting.length > 0) holdPartition(payload, waiting)
    else offsets.handled(topic, partition, last.offset)
    lag.note(topic, partition, last.offset, payload.batch.highWatermark, 1)
    if (beat.failure) {
      await offsets.flush() // a rebalance is under way: say how far we came before the partition changes hands
      throw beat.failure
    }
  }

  /** Makes one attempt; returns the letters that are still to be published. */
  async function publishLetters(dead: readonly DeadLetter[]): Promise<DeadLetter[]> {
    if (dead.length === 0) return []
    const { waiting, failure } = await letters.attempt(dead)
    if (failure) log.warn({ err: failure, letters: waiting.length }, 'dead letters could not be published yet')
    return waiting
  }

  /**
   * Pauses the partition until its dead letters are acknowledged; its offset is not committed before, and the other
   * partitions go on. After a rebalance the next owner of the partition gets the records again.
   */
  function holdPartition({ batch, pause: pausePartition }: EachBatchPayload, waiting: readonly DeadLetter[]): void {
    const { topic, partition } = batch
    const resume = pausePartition()
    const offset = batch.lastOffset()
    const hold = held.add(nameOf(batch), ending.signal)
    letters
      .untilAcknowledged(waiting, hold.signal, hold.failed)
      .then(() => offsets.handled(topic, partition, offset))
      .catch(stopped)
      .finally(() => {
        hold.release()
        resume()
      })
      .catch(options.onCrash)
  }

  function listen(fresh: Consumer): void {
    const { HEARTBEAT, GROUP_JOIN, CRASH, REBALANCING } = fresh.events
    const beaten = () => {
      if (fresh === consumer) lastBeatMs = Date.now()
    }
    fresh.on(HEARTBEAT, beaten) // not FETCH: it is emitted for failed fetches too
    fresh.on(REBALANCING, () => void offsets.flush())
    fresh.on(GROUP_JOIN, ({ payload }) => {
      // one that was given up while it was starting again: kafkajs' stop does not reach it then
      if (fresh !== consumer)
        return void fresh
          .disconnect()
          .catch(error => log.warn({ err: error }, 'a consumer that was given up did not leave cleanly'))
      beaten()
      offsets.forget()
      held.forget()
      lag.keep(payload.memberAssignment)
      waitsFor = undefined
      isRefused = false
      log.info({ group: options.group, partitions: payload.memberAssignment }, 'joined the consumer group')
    })
    fresh.on(CRASH, ({ payload }) => {
      if (fresh !== consumer) return // one that was given up
      waitsFor = `consumer crashed: ${payload.error.message}`
      isRefused = refusalOf(payload.error) !== undefined
      if (!ending.signal.aborted) void replace(waitsFor, payload.error).catch(options.onCrash)
    })
  }

  async function connect(): Promise<void> {
    const missing = await missingTopics(options.kafka, options.topics)
    if (missing.length > 0) throw new TopicsMissing(missing)
    const fresh = options.kafka.consumer({
      groupId: options.group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      rebalanceTimeout: 15_000,
      maxBytesPerPartition: 256 * 1024,
      maxBytes: 4 * 1024 * 1024,
      maxWaitTimeInMs: 1_000,
      allowAutoTopicCreation: false,
      // one that crashed is replaced here: what kafkajs starts again may not come back to its group for a long time, or
      // never (kafkajs #885)
      retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => false },
    })
    consumer = fresh
    listen(fresh)
    await fresh.connect()
    await fresh.subscribe({ topics: [...options.topics], fromBeginning: true })
    await fresh.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64, // all partitions of a poll at once, to be handled as one batch
      eachBatch(payload) {
        const poll = onPoll(payload)
        polls.add(poll)
        return poll.finally(() => polls.delete(poll))
      },
    })
  }

  async function join(): Promise<void> {
    for (let attempt = 1; !ending.signal.aborted; attempt++) {
      try {
        return await connect()
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        waitsFor = reason
        isRefused = refusalOf(error) !== undefined
        log.warn({ attempt, reason }, 'waiting for Kafka')
        await abandon()
        await pause(backoffMs(attempt, { firstMs: 200, longestMs: 2_000 }), undefined, { signal: ending.signal }).catch(
          stopped,
        )
      }
    }
  }

  /** Leaves the group, as far as that can be done in time: kafkajs' stop hangs when a handler does (kafkajs #571). */
  async function abandon(): Promise<void> {
    const old = consumer
    consumer = undefined
    lastBeatMs = Infinity
    await Promise.race([old?.disconnect(), pause(stopMs, undefined, { ref: false })])
  }

  /**
   * A member that the group has put out joins again by itself; but when that fails for a moment, as while Kafka starts,
   * kafkajs 2.2.4 forgets that it is no member: it fetches on, sends no heartbeat and commits nothing, for ever. Such a
   * consumer is replaced, and so is a member whose commits are refused for long.
   */
  async function replaceLostMember(): Promise<void> {
    if (ending.signal.aborted || waitsFor !== undefined) return
    if (offsets.failingForMs() > uncommittedMs)
      return replace(`no offset was committed for ${Math.round(offsets.failingForMs() / 1000)} s`)
    const silence = Date.now() - lastBeatMs
    silentLooks = silence < expelledMs ? 0 : silentLooks + 1
    if (silentLooks < looksUntilSure) return
    await replace(`no heartbeat for ${Math.round(silence / 1000)} s`)
  }

  async function replace(reason: string, error?: Error): Promise<void> {
    waitsFor = `${reason}: joining the group again`
    log.warn(
      { group: options.group, reason, err: error },
      'this consumer is no member of its group any more; it is replaced',
    )
    await abandon()
    await pause(replacedAfterMs, undefined, { signal: ending.signal }).catch(stopped)
    await join()
  }

  return {
    async start() {
      watch = setInterval(() => void replaceLostMember().catch(options.onCrash), heartbeatMs)
      await join()
    },
    trouble() {
      if (waitsFor) return waitsFor
      const silence = Date.now() - lastBeatMs
      if (silence > silenceMs) return `no heartbeat from Kafka for ${Math.round(silence / 1000)} s`
      return held.trouble() ?? failing
    },
    isRefused: () => isRefused,
    lag: lag.byTopic,
    async stop() {
      ending.abort(new Error('the consumer stops'))
      clearInterval(watch)
      // what is being handled is committed too, or the next owner of the partition gets it again
      const handled = Promise.allSettled(polls).then(offsets.stop)
      await Promise.race([handled, pause(stopMs, undefined, { ref: false })])
      await abandon()
    },
  }
}

const commit = (consumer: Consumer, offsets: CommittedOffset[]) =>
  failpoint('commit-offsets', () => consumer.commitOffsets(offsets))

const stopped = (error: unknown) => {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

async function handleRecords(
  records: IncomingRecord[],
  subscription: Subscription,
  options: ConsumerOptions & { onTrouble(trouble: string | undefined): void },
  signal: AbortSignal,
): Promise<DeadLetter[]> {
  const { deliveries, broken, unknown } = classify(records, subscription)
  const started = performance.now()
  const failed = await processWithRetry(deliveries, {
    handle: events => failpoint('consume', () => options.handle(events)),
    isTransient: options.isTransient,
    signal,
    onRetry(error, attempt, events) {
      options.log.warn({ err: error, attempt, events }, 'a batch failed and is tried again')
      if (attempt >= attemptsUntilTrouble) options.onTrouble(`a batch has failed ${attempt} times: ${messageOf(error)}`)
    },
  })
  options.onTrouble(undefined)
  for (const count of unknown) options.onUnknownType?.(count)
  if (deliveries.length > 0) options.onBatch?.(deliveries.length, (performance.now() - started) / 1000)
  return [...broken, ...failed]
}

const attemptsUntilTrouble = 5 // after some seconds it is no hiccup
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const nameOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`

/**
 * Beats while a batch is being handled: a member that is silent for the session timeout loses its partitions (kafkajs
 * #130).
 */
function heartbeats(payload: EachBatchPayload): { failure?: Error; stop(): void } {
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: Error) => {
      state.failure = error
    })
  }, heartbeatMs)
  const state: { failure?: Error; stop(): void } = { stop: () => clearInterval(timer) }
  return state
}
