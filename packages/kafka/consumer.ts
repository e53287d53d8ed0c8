import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, Kafka } from 'kafkajs'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { missingTopics } from './admin.ts'
import { lagTracker, type TopicLag } from './lag.ts'
import type { CommittedOffset } from './offsets.ts'
import { heartbeatMs, polledRecords, type PolledRecords, type RecordHandling } from './polled-records.ts'
import { refusalOf, TopicsMissing } from './security.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'

export interface ConsumerOptions extends RecordHandling {
  kafka: Kafka
}

export interface BatchConsumer {
  /** Waits for Kafka and for the topics, then joins the group. Resolves when it has been told to consume. */
  start(): Promise<void>
  /** Undefined when all is well, or what it waits for. */
  trouble(): string | undefined
  /** Kafka is reachable, but does not let it consume: see refusalOf. */
  isRefused(): boolean
  lag(): TopicLag[]
  stop(): Promise<void>
}

const sessionTimeoutMs = 10_000 // how long the partitions of a dead member remain unread
const silentMs = 10_000 // a member without a heartbeat for this long is alive, but not consuming
// after this time without a heartbeat, the group has expelled the member, whatever it still fetches
const expelledMs = 15_000
// a member whose commits fail for this long asks a broker that is no longer its coordinator, and would do so until the
// process ends (kafkajs #1152)
const uncommittedMs = 20_000
const looksUntilSure = 3 // a process that was paused has been silent too, and rejoins by itself
const replacedAfterMs = 1_000 // so that a consumer that crashes at once is not replaced in a busy loop
const stopMs = 7_000 // may be needed twice, and a process has 20 s to end

const membership = {
  sessionTimeout: sessionTimeoutMs,
  heartbeatInterval: heartbeatMs,
  rebalanceTimeout: 15_000,
  maxBytesPerPartition: 256 * 1024,
  maxBytes: 4 * 1024 * 1024,
  maxWaitTimeInMs: 1_000,
  allowAutoTopicCreation: false,
  // a crashed consumer is replaced here: one that kafkajs restarts may rejoin its group very late, or never (kafkajs
  // #885)
  retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => false },
}

/**
 * Hands over what a poll delivered, merged across partitions, and commits the offsets once it is handled. Delivery is
 * at least once, so every handler must recognize what it has already done.
 */
// oxlint-disable-next-line max-lines-per-function -- one member of one group: joining, its events and its replacement share one state
export function batchConsumer(options: ConsumerOptions): BatchConsumer {
  const { log } = options
  const ending = new AbortController()
  const lag = lagTracker(options.topics)
  let consumer: Consumer | undefined
  let polled: PolledRecords | undefined
  let leaving = new AbortController()
  let waitsFor: string | undefined = 'not started'
  const beats = groupBeats()
  let isRefused = false
  let watch: NodeJS.Timeout | undefined

  /** What a consumer has in its hands is given up with it: its successor gets it again, and commits it. */
  function polledBy(fresh: Consumer): PolledRecords {
    leaving = new AbortController()
    return polledRecords(options, AbortSignal.any([ending.signal, leaving.signal]), lag, async list => {
      if (fresh === consumer) await commit(fresh, list)
    })
  }

  function listen(fresh: Consumer, own: PolledRecords): void {
    const { HEARTBEAT, GROUP_JOIN, CRASH, REBALANCING, END_BATCH_PROCESS } = fresh.events
    const beaten = () => {
      if (fresh === consumer) beats.note()
    }
    fresh.on(HEARTBEAT, beaten) // not FETCH, which is emitted for failed fetches too
    fresh.on(REBALANCING, () => void own.flush())
    fresh.on(END_BATCH_PROCESS, ({ payload: { batchSize, topic, partition, lastOffset, highWatermark } }) => {
      if (batchSize === 0 && fresh === consumer) own.passed(topic, partition, lastOffset, highWatermark)
    })
    fresh.on(GROUP_JOIN, ({ payload }) => {
      // abandoned while it was restarting, so that kafkajs' stop did not reach it
      if (fresh !== consumer)
        return void fresh
          .disconnect()
          .catch(error => log.warn({ err: error }, 'a consumer that was given up did not leave cleanly'))
      beaten()
      own.assigned(payload.memberAssignment)
      waitsFor = undefined
      isRefused = false
      log.info({ group: options.group, partitions: payload.memberAssignment }, 'joined the consumer group')
    })
    fresh.on(CRASH, ({ payload }) => {
      if (fresh !== consumer) return // from an abandoned consumer
      waitsFor = `consumer crashed: ${payload.error.message}`
      isRefused = refusalOf(payload.error) !== undefined
      if (!ending.signal.aborted) void replace(waitsFor, payload.error).catch(options.onCrash)
    })
  }

  async function connect(): Promise<void> {
    const missing = await missingTopics(options.kafka, options.topics)
    if (missing.length > 0) throw new TopicsMissing(missing)
    if (ending.signal.aborted) return // or it would join after `stop` has found no member to end
    const fresh = options.kafka.consumer({ groupId: options.group, ...membership })
    consumer = fresh
    const own = polledBy(fresh)
    polled = own
    listen(fresh, own)
    await fresh.connect()
    await fresh.subscribe({ topics: [...options.topics], fromBeginning: true })
    await fresh.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64, // so that all partitions of a poll arrive at once and become one batch
      eachBatch: own.handle,
    })
  }

  async function join(): Promise<void> {
    for (let attempt = 1; !ending.signal.aborted; attempt++) {
      try {
        return await connect()
      } catch (error) {
        const reason = messageOf(error)
        waitsFor = reason
        isRefused = refusalOf(error) !== undefined
        log.warn({ attempt, reason }, 'waiting for Kafka')
        await abandon()
        await pauseUnlessAborted(backoffMs(attempt, { firstMs: 200, longestMs: 2_000 }), ending.signal)
      }
    }
  }

  /** Leaves the group within a time limit, because kafkajs' stop hangs when a handler hangs (kafkajs #571). */
  async function abandon(): Promise<void> {
    const old = consumer
    consumer = undefined
    leaving.abort(new Error('the consumer is given up'))
    beats.forget()
    await Promise.race([old?.disconnect(), pause(stopMs, undefined, { ref: false })])
  }

  /**
   * A member that the group has expelled rejoins by itself. But if that fails for a moment, as while Kafka starts,
   * kafkajs 2.2.4 forgets that it is no member: it keeps fetching, sends no heartbeat and commits nothing, forever.
   * Such a consumer is replaced, and so is a member whose commits keep failing.
   */
  async function replaceLostMember(): Promise<void> {
    if (ending.signal.aborted || waitsFor !== undefined || !polled) return
    const uncommitted = polled.uncommittedForMs()
    if (uncommitted > uncommittedMs) return replace(`no offset was committed for ${Math.round(uncommitted / 1000)} s`)
    if (beats.isExpelled()) await replace(`no heartbeat for ${Math.round(beats.silenceMs() / 1000)} s`)
  }

  async function replace(reason: string, error?: Error): Promise<void> {
    waitsFor = `${reason}: joining the group again`
    log.warn(
      { group: options.group, reason, err: error },
      'this consumer is no member of its group any more; it is replaced',
    )
    await abandon()
    await pauseUnlessAborted(replacedAfterMs, ending.signal)
    await join()
  }

  return {
    async start() {
      watch = setInterval(() => void replaceLostMember().catch(options.onCrash), heartbeatMs)
      await join()
    },
    trouble() {
      if (waitsFor) return waitsFor
      const silence = beats.silenceMs()
      if (silence > silentMs) return `no heartbeat from Kafka for ${Math.round(silence / 1000)} s`
      return polled?.trouble()
    },
    isRefused: () => isRefused,
    lag: lag.byTopic,
    async stop() {
      ending.abort(new Error('the consumer stops'))
      clearInterval(watch)
      await Promise.race([polled?.stop(), pause(stopMs, undefined, { ref: false })])
      await abandon()
    },
  }
}

function groupBeats() {
  let lastMs = Infinity // no heartbeat yet
  let silentLooks = 0
  const silenceMs = () => performance.now() - lastMs
  return {
    note(): void {
      lastMs = performance.now()
    },
    forget(): void {
      lastMs = Infinity
    },
    silenceMs,
    isExpelled(): boolean {
      silentLooks = silenceMs() < expelledMs ? 0 : silentLooks + 1
      return silentLooks >= looksUntilSure
    },
  }
}

const commit = (consumer: Consumer, offsets: CommittedOffset[]) =>
  failpoint('commit-offsets', () => consumer.commitOffsets(offsets))
