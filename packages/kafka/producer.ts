import type { Admin, Kafka, Message, Producer } from 'kafkajs'
import { asError, messageOf } from '@docket/foundation/errors.ts'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { cutBySize, sizeOf } from './batch-plan.ts'
import { nameOf } from './broker-reader.ts'
import { partitionOf } from './partition.ts'
import type { OutgoingRecord } from './record-codec.ts'

export interface SendResult {
  acknowledged: number[]
  /**
   * Positions of records that Kafka refuses however often they are sent, because they are larger than their topic
   * accepts. Later records with the same key were not sent, so that the order of the key is kept.
   */
  tooLarge: number[]
  /** The partitions, as `partitionOf` names them, whose own requests have failed, and the topics that are not known. */
  unavailable: string[]
  /** Why the other records are not known to have arrived; they may have, so resending may make duplicates. */
  failure?: Error
}

export interface RecordProducer {
  connect(): Promise<void>
  send(records: readonly OutgoingRecord[]): Promise<SendResult>
  /** The name of the partition that the key belongs to, such as `order-events/3`; undefined before its topic is known. */
  partitionOf(topic: string, key: string): string | undefined
  disconnect(): Promise<void>
}

const connectMs = 5_000 // the records of other topics wait meanwhile
const learnMs = 2_000 // then what was known holds

const settings = {
  allowAutoTopicCreation: false,
  // kafkajs leaves out, without a failure, records of a partition that it does not know yet, until it asks again
  metadataMaxAge: 10_000,
  retry: { retries: 2, initialRetryTime: 100 },
}

/**
 * Sends with acks from all replicas. Records of one partition keep their order, within a call and from one call to the
 * next if the caller waits in between. Not idempotent, by decision:
 * docs/decisions/0003-producer-without-idempotence.md.
 *
 * That a send of kafkajs resolves is not trusted: when a leader moves to a broker that has already answered, it
 * resolves without having sent some partitions (kafkajs #1303, #1798). Only a partition that an answer names counts.
 * After a failure each partition gets a request of its own, and one that has failed, until it is acknowledged: one
 * without a leader does not keep the others.
 *
 * A broker refuses a batch, not a record: a backlog in one batch would be refused for ever. So the records of a
 * partition are cut by size, and a batch that is refused all the same is halved until the record that is too large
 * stands alone.
 */
export function recordProducer(kafka: Kafka): RecordProducer {
  const producers = producersByTopic(kafka)
  const partitionsOf = partitionCounts(kafka)
  const apart = new Set<string>() // the topics whose partitions get a request each
  const doubted = new Set<string>() // the partitions that have failed when they were written to last
  return {
    connect: producers.connect,
    async send(records) {
      const result: SendResult = { acknowledged: [], tooLarge: [], unavailable: [] }
      const failed = new Set<string>() // topics
      let open = queuesOf(records, await partitionsOf.get(records), result)
      while (open.length > 0) {
        const isAlone = ({ name, topic }: Queue) => apart.has(topic) || doubted.has(name)
        const requests = Map.groupBy(open, queue => (isAlone(queue) ? queue.name : queue.topic))
        await Promise.all([...requests.values()].map(queues => sendNext(producers.of, records, queues, result)))
        for (const { name, topic, hasFailed } of open) {
          if (result.unavailable.includes(name)) doubted.add(name)
          else doubted.delete(name)
          if (hasFailed) failed.add(topic)
          apart.delete(topic)
        }
        for (const { topic, isSuspect } of open) if (isSuspect || failed.has(topic)) apart.add(topic)
        open = open.filter(({ batches, hasFailed }) => batches.length > 0 && !hasFailed)
      }
      if (result.failure) partitionsOf.doubt()
      return result
    },
    partitionOf(topic, key) {
      const count = partitionsOf.known(topic)
      return count === undefined ? undefined : nameOf({ topic, partition: partitionOf(key, count) })
    },
    async disconnect() {
      await Promise.all([producers.disconnect(), partitionsOf.disconnect()])
    },
  }
}

interface Queue {
  name: string
  topic: string
  partition: number
  batches: number[][]
  hasFailed: boolean
  isSuspect: boolean
}

function queuesOf(
  records: readonly OutgoingRecord[],
  { countOf, failure }: { countOf(topic: string): number | undefined; failure: unknown },
  result: SendResult,
): Queue[] {
  const unknown = new Set<string>()
  const groups = new Map<string, { name: string; topic: string; partition: number; positions: number[] }>()
  records.forEach(({ topic, key }, position) => {
    const count = countOf(topic)
    if (count === undefined) return void unknown.add(topic)
    const partition = partitionOf(key, count)
    const name = nameOf({ topic, partition })
    const group = groups.get(name)
    if (group) group.positions.push(position)
    else groups.set(name, { name, topic, partition, positions: [position] })
  })
  result.unavailable.push(...unknown)
  for (const topic of unknown)
    result.failure ??= new Error(`the partitions of ${topic} are not known: ${messageOf(failure)}`, { cause: failure })
  return [...groups.values()].map(({ name, topic, partition, positions }) => ({
    name,
    topic,
    partition,
    batches: cutBySize(records, positions),
    hasFailed: false,
    isSuspect: false,
  }))
}

/** `queues` are of one topic. */
async function sendNext(
  producerOf: (topic: string) => Promise<Producer>,
  records: readonly OutgoingRecord[],
  queues: readonly Queue[],
  result: SendResult,
): Promise<void> {
  const [{ topic } = { topic: '' }] = queues
  try {
    const producer = await producerOf(topic)
    const answers = await producer.send({ topic, acks: -1, messages: messagesOf(records, queues) })
    for (const queue of queues) {
      const isAcknowledged = answers.some(
        answer => answer.topicName === topic && answer.partition === queue.partition && answer.errorCode === 0,
      )
      if (isAcknowledged) {
        result.acknowledged.push(...(queue.batches.shift() ?? []))
        queue.isSuspect = false
      } else fail(queue, noAcknowledgement(queue), queues.length === 1, result)
    }
  } catch (error) {
    if (!isTooLarge(error)) for (const queue of queues) fail(queue, asError(error), queues.length === 1, result)
    else if (queues.length > 1)
      for (const queue of queues) queue.isSuspect = true // the response names no partition, so each is tried alone
    else for (const queue of queues) split(queue, records, result)
  }
}

/** A request that carried several partitions may have failed for one of them: which, their own requests will show. */
function fail(queue: Queue, error: Error, isAlone: boolean, result: SendResult): void {
  queue.hasFailed = true
  if (isAlone) result.unavailable.push(queue.name)
  result.failure ??= error
}

/**
 * The broker refuses a batch without naming the record, so it is halved. A record refused alone is given up, with the
 * later ones of its key.
 */
function split(queue: Queue, records: readonly OutgoingRecord[], result: SendResult): void {
  queue.isSuspect = false
  const batch = queue.batches.shift() ?? []
  const middle = Math.ceil(batch.length / 2)
  if (batch.length > 1) queue.batches.unshift(batch.slice(0, middle), batch.slice(middle))
  else {
    result.tooLarge.push(...batch)
    const keys = new Set(batch.map(position => records[position]?.key))
    queue.batches = queue.batches
      .map(later => later.filter(position => !keys.has(records[position]?.key)))
      .filter(later => later.length > 0)
  }
}

/** MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE (the protocol's error codes 10 and 18). */
const isTooLarge = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 10 || error.code === 18)

const noAcknowledgement = ({ name, batches: [batch = []] }: Queue) =>
  new Error(`sending ${batch.length} records to ${name}: no acknowledgement came`)

const messagesOf = (records: readonly OutgoingRecord[], queues: readonly Queue[]) =>
  queues.flatMap(({ partition, batches: [batch = []] }) =>
    batch.flatMap((position): Message[] => {
      const record = records[position]
      return record ? [{ key: record.key, value: record.value, headers: record.headers, partition }] : []
    }),
  )

class RecordTooLarge extends Error {
  override name = 'RecordTooLarge'

  constructor(record: OutgoingRecord) {
    super(
      `a record of about ${sizeOf(record)} bytes, key ${record.key ?? 'none'}, is larger than ${record.topic} accepts`,
    )
  }
}

/**
 * Uses a connection of its own, so it is for occasional use. Rejects when some records are not known to have arrived.
 */
export async function produceOnce(kafka: Kafka, ...batches: (readonly OutgoingRecord[])[]): Promise<void> {
  const producer = recordProducer(kafka)
  try {
    await producer.connect()
    for (const records of batches) {
      const { failure, tooLarge } = await producer.send(records)
      if (failure) throw failure
      const [first] = tooLarge
      if (first !== undefined) throw new RecordTooLarge(records[first] as OutgoingRecord)
    }
  } finally {
    await producer.disconnect()
  }
}

/**
 * A producer of kafkajs asks for every topic that it has ever written to, and sends nothing at all once one of them was
 * deleted. So each topic has its own; the first is of use to find out whether Kafka can be reached.
 */
function producersByTopic(kafka: Kafka) {
  const first = kafka.producer(settings)
  const open = new Map<string, Producer>()
  const connecting = new Map<string, Promise<Producer>>() // and those that have connected
  const connected = async (producer: Producer, topic: string) => {
    try {
      await producer.connect()
      open.set(topic, producer)
      return producer
    } catch (error) {
      connecting.delete(topic)
      throw error
    }
  }
  const opening = (topic: string) => {
    const producer = connected(connecting.size === 0 ? first : kafka.producer(settings), topic)
    connecting.set(topic, producer)
    return producer
  }
  return {
    connect: () => first.connect(),
    /** One that connects late is of use later. */
    async of(topic: string): Promise<Producer> {
      const late = () => new Error(`${topic}: no connection in time`)
      return open.get(topic) ?? withTimeLimit(connectMs, connecting.get(topic) ?? opening(topic), late)
    },
    async disconnect(): Promise<void> {
      await Promise.all([...new Set([first, ...open.values()])].map(producer => producer.disconnect()))
    },
  }
}

/**
 * The partition of a key depends on the number of partitions, which is fetched once per topic, and again after a
 * failure. Where that fails too, the last known number holds, and topics are asked for one by one: one that Kafka says
 * nothing of must not keep the records of others, so those of a known topic wait for two seconds at most.
 */
function partitionCounts(kafka: Kafka) {
  const known = new Map<string, number>()
  const stale = new Set<string>()
  let admin: Admin | undefined
  let connecting: Promise<Admin> | undefined
  const connected = async () => {
    const fresh = kafka.admin({ retry: { retries: 2 } })
    try {
      await fresh.connect()
      return (admin = fresh)
    } finally {
      connecting = undefined
    }
  }
  const learn = async (topics: string[]) => {
    const { topics: found } = await (admin ?? (await (connecting ??= connected()))).fetchTopicMetadata({ topics })
    for (const topic of found) {
      known.set(topic.name, topic.partitions.length)
      stale.delete(topic.name)
    }
  }
  return {
    known: (topic: string) => known.get(topic),
    async get(records: readonly OutgoingRecord[]) {
      const topics = new Set<string>()
      for (const { topic } of records) if (!known.has(topic) || stale.has(topic)) topics.add(topic)
      const countOf = (topic: string) => known.get(topic)
      let failure: unknown
      if (topics.size === 0) return { countOf, failure }
      const wanted = [...topics]
      const unknown = wanted.filter(topic => !known.has(topic))
      const maySend = records.some(({ topic }) => known.has(topic))
      const learnAll = async () => {
        try {
          await learn(wanted)
        } catch (error) {
          failure = error
          if (wanted.length > 1) await Promise.allSettled(unknown.map(topic => learn([topic])))
        }
      }
      try {
        await (maySend ? withTimeLimit(learnMs, learnAll(), () => new Error('no answer in time')) : learnAll())
      } catch (error) {
        failure ??= error
      }
      return { countOf, failure }
    },
    doubt(): void {
      for (const topic of known.keys()) stale.add(topic)
    },
    disconnect: async () => admin?.disconnect(),
  }
}
