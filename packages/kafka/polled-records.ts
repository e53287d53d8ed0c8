import type { EachBatchPayload } from 'kafkajs'
import { batched } from '@docket/foundation/batching.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { classify, type DeadLetter, type Subscription, type UnknownCount } from './classify.ts'
import type { ConsumerLog } from './consumer-log.ts'
import { deadLetterPublisher } from './dead-letter-publisher.ts'
import { FetchedRecord } from './fetched-record.ts'
import { heldPartitions } from './held-partitions.ts'
import type { LagTracker } from './lag.ts'
import { offsetTracker, type CommittedOffset } from './offsets.ts'
import { canAllWait, patientPolls } from './patient-polls.ts'
import { processWithRetry } from './process-with-retry.ts'
import type { RecordProducer } from './producer.ts'
import type { IncomingRecord } from './record-codec.ts'
import { restingPartitions } from './resting-partitions.ts'
import { ignoreAbort } from '@docket/foundation/abort.ts'
import { nameOf } from './broker-reader.ts'

export const heartbeatMs = 2_000
const patienceMs = 100 // longer than an order's next event takes on a machine that has time
const commitMs = 2_000 // at half a second, every tenth request to Kafka was a commit at ten orders a second

export interface RecordHandling {
  /** The consumer group: one per service, all its members with the same subscription (kafkajs #1040). */
  group: string
  topics: readonly string[]
  consumes: readonly EventType[]
  /** Those for which nothing waits: they are handled with the next others, so that they need no transaction. */
  canWait?: readonly EventType[]
  /** Topics whose partitions are left out for a moment after each poll, so that one poll brings what came meanwhile. */
  slowTopics?: readonly string[]
  ownsDeadLettersOf: readonly string[]
  handle(events: readonly DocketEvent[]): Promise<void>
  isTransient(error: unknown): boolean
  producer: RecordProducer
  batchSize: number
  log: ConsumerLog
  onBatch?(events: number, seconds: number): void
  onDeadLetter?(letter: DeadLetter): void
  onUnknownType?(count: UnknownCount): void
  /** The consumer cannot continue: the process must end, so that its supervisor restarts it. */
  onCrash(error: Error): void
}

export interface PolledRecords {
  handle(payload: EachBatchPayload): Promise<void>
  /** A poll that brought none of its records, as they are of a transaction that was aborted, ends with this offset. */
  passed(topic: string, partition: number, offset: string, highWatermark: string): void
  /** This member now reads these partitions, so what it holds of others no longer belongs to it. */
  assigned(partitions: Record<string, number[]>): void
  flush(): Promise<void>
  uncommittedForMs(): number
  /** Why it does not get on; undefined when it does. */
  trouble(): string | undefined
  /**
   * Waits for records that are being handled, and commits them; otherwise the next owner of the partition gets them
   * again.
   */
  stop(): Promise<void>
}

export function polledRecords(
  options: RecordHandling,
  ending: AbortSignal,
  lag: LagTracker,
  commit: (offsets: CommittedOffset[]) => Promise<void>,
): PolledRecords {
  const underWay = pollsUnderWay()
  const offsets = offsetTracker(commit, commitMs, options.log)
  const merged = mergedHandling(options, ending)
  const letters = letterHolds(options, ending, offsets.handled)
  const patient = patientPolls(options.onCrash, ending)
  const resting = restingPartitions(options)

  const conclude = (payload: EachBatchPayload, offset: string, waiting: readonly DeadLetter[]) => {
    letters.conclude(payload, offset, waiting)
    if (waiting.length === 0) resting.rest(payload)
    lag.note(payload.batch.topic, payload.batch.partition, offset, payload.batch.highWatermark, 1)
  }

  async function onPoll(payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch
    const [first] = messages
    if (!first || !payload.isRunning() || payload.isStale() || ending.aborted) return
    const last = payload.batch.lastOffset() // also of what is no message: the marker behind another service's transaction
    lag.note(topic, partition, first.offset, payload.batch.highWatermark)
    const records = recordsOf(payload)
    const handle = (mayWaitMs?: number) => merged.handle(records, mayWaitMs).then(letters.publish)
    resting.wake(payload)
    const before = patient.takeOver(payload)
    if (!before && canAllWait(records, options)) {
      payload.resolveOffset(last) // so that others are fetched meanwhile; it is committed once this is handled
      const concludeLater = (waiting: DeadLetter[]) => conclude(payload, last, waiting)
      return void underWay.track(patient.add(payload, handle(patienceMs), concludeLater))
    }
    const { done, failure } = await beating(payload, Promise.all([before ?? [], handle()]), ending)
    if (!done) return // not resolved, so the next owner of the partition gets it again
    payload.resolveOffset(last)
    conclude(payload, last, done.flat())
    if (failure) {
      await offsets.flush() // a rebalance is under way: commit before the partition changes hands
      throw failure
    }
  }

  return {
    handle: payload => underWay.track(onPoll(payload)),
    passed(topic, partition, offset, highWatermark) {
      if (patient.has({ topic, partition }) || letters.has({ topic, partition })) return // what is before it waits
      offsets.handled(topic, partition, offset)
      lag.note(topic, partition, offset, highWatermark, 1)
    },
    assigned(partitions) {
      patient.forget()
      offsets.forget()
      letters.forget()
      lag.keep(partitions)
    },
    flush: offsets.flush,
    uncommittedForMs: offsets.failingForMs,
    trouble: () => letters.trouble() ?? merged.trouble(),
    stop: () => underWay.ended().then(offsets.stop),
  }
}

function pollsUnderWay() {
  const polls = new Set<Promise<void>>()
  return {
    track(poll: Promise<void>): Promise<void> {
      polls.add(poll)
      return poll.finally(() => polls.delete(poll))
    },
    ended: () => Promise.allSettled(polls),
  }
}

/** Holds a partition whose dead letters cannot be published, without holding others. */
function letterHolds(
  options: RecordHandling,
  ending: AbortSignal,
  handled: (topic: string, partition: number, offset: string) => void,
) {
  const publisher = deadLetterPublisher(options)
  const held = heldPartitions()
  return {
    async publish(dead: readonly DeadLetter[]): Promise<DeadLetter[]> {
      if (dead.length === 0) return []
      const { waiting, failure } = await publisher.attempt(dead)
      if (failure)
        options.log.warn({ err: failure, letters: waiting.length }, 'dead letters could not be published yet')
      return waiting
    },
    /**
     * Pauses the partition until the dead letters that wait, if any, are acknowledged. Its offset is not committed before, and the other
     * partitions continue. After a rebalance, the next owner of the partition gets the records again.
     */
    conclude({ batch, pause: pausePartition }: EachBatchPayload, offset: string, waiting: readonly DeadLetter[]): void {
      const { topic, partition } = batch
      if (waiting.length === 0) return handled(topic, partition, offset)
      const resume = pausePartition()
      const hold = held.add(nameOf(batch), ending)
      publisher
        .untilAcknowledged(waiting, hold.signal, hold.failed)
        .then(() => handled(topic, partition, offset))
        .catch(ignoreAbort)
        .finally(() => {
          hold.release()
          resume()
        })
        .catch(options.onCrash)
    },
    has: held.has,
    forget: held.forget,
    trouble: held.trouble,
  }
}

const recordsOf = ({ batch: { topic, partition, messages } }: EachBatchPayload): IncomingRecord[] =>
  messages.map(message => new FetchedRecord(topic, partition, message))

function mergedHandling(options: RecordHandling, ending: AbortSignal) {
  const subscription: Subscription = {
    consumes: new Set(options.consumes),
    ownsDeadLettersOf: new Set(options.ownsDeadLettersOf),
  }
  let failing: string | undefined
  const onTrouble = (trouble: string | undefined) => void (failing = trouble)
  const handle = batched<IncomingRecord[], DeadLetter[]>(
    async lists => {
      const records = lists.flat()
      const dead: DeadLetter[] = []
      for (let from = 0; from < records.length; from += options.batchSize) {
        const slice = records.slice(from, from + options.batchSize)
        dead.push(...(await handleRecords(slice, subscription, { ...options, onTrouble }, ending)))
      }
      const byRecord = new Map(dead.map(letter => [letter.record, letter]))
      return lists.map(list => (dead.length === 0 ? [] : list.flatMap(record => byRecord.get(record) ?? [])))
    },
    { maxSize: Infinity, concurrency: 1 },
  )
  return { handle, trouble: () => failing }
}

async function handleRecords(
  records: IncomingRecord[],
  subscription: Subscription,
  options: RecordHandling & { onTrouble(trouble: string | undefined): void },
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

const attemptsUntilTrouble = 5 // after some seconds, it is no longer a passing failure

/**
 * Sends heartbeats while a batch is being handled: a member that is silent for the session timeout loses its partitions
 * (kafkajs #130). Without `done`, the consumer is stopping, and the work was given up.
 */
async function beating<T>(
  payload: EachBatchPayload,
  work: Promise<T>,
  ending: AbortSignal,
): Promise<{ done?: T; failure?: Error }> {
  let failure: Error | undefined
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: Error) => {
      failure = error
    })
  }, heartbeatMs)
  try {
    const done = await work
    return { done, ...(failure && { failure }) }
  } catch (error) {
    if (ending.aborted) return {}
    throw error
  } finally {
    clearInterval(timer)
  }
}
