import { Partitioners, type Admin, type Kafka, type Message, type Producer } from 'kafkajs'
import type { OutgoingRecord } from './record-codec.ts'

export interface SendResult {
  /** Positions, in the given list, of the records that every in-sync replica has. */
  acknowledged: number[]
  /** Why the others are not known to be there; they may be, so sending them again may make duplicates. */
  failure?: Error
}

export interface RecordProducer {
  connect(): Promise<void>
  send(records: readonly OutgoingRecord[]): Promise<SendResult>
  disconnect(): Promise<void>
}

/**
 * Sends with acks from all replicas. Records of one partition keep their order, within a call and from one call to the
 * next if the caller waits in between. Not idempotent, by decision:
 * docs/decisions/0003-producer-without-idempotence.md.
 *
 * That a send of kafkajs resolves is not trusted: when a leader moves to a broker that has already answered, it
 * resolves without having sent some partitions (kafkajs #1303, #1798). Only a partition that an answer names counts.
 * After a failure each partition gets a request of its own, so that one without a leader does not keep the others.
 */
export function recordProducer(kafka: Kafka): RecordProducer {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 2, initialRetryTime: 100 } })
  const partitionsOf = partitionCounts(kafka)
  let together = true
  const partition = Partitioners.DefaultPartitioner() // murmur2, as Java's clients do
  return {
    connect: () => producer.connect(),
    async send(records) {
      const counts = await partitionsOf.get(records)
      const groups = new Map<string, Group>()
      records.forEach((record, position) => {
        const to = partition({
          topic: record.topic,
          partitionMetadata: counts(record.topic),
          message: { key: record.key, value: null },
        })
        const name = `${record.topic}/${to}`
        const group = groups.get(name)
        if (group) group.positions.push(position)
        else groups.set(name, { topic: record.topic, partition: to, positions: [position] })
      })
      const all = [...groups.values()]
      const parts = together && all.length > 0 ? [all] : all.map(group => [group])
      const results = await Promise.allSettled(parts.map(some => sendGroups(producer, records, some)))
      const sent = results.map(result =>
        result.status === 'fulfilled' ? result.value : { acknowledged: [], failure: toError(result.reason) },
      )
      const acknowledged = sent.flatMap(one => one.acknowledged)
      const failure = sent.find(one => one.failure)?.failure
      together = failure === undefined
      if (!failure) return { acknowledged }
      partitionsOf.forget()
      return { acknowledged, failure }
    },
    async disconnect() {
      await Promise.all([producer.disconnect(), partitionsOf.disconnect()])
    },
  }
}

/**
 * Sends over a connection of its own, for occasional use. Rejects when some records are not known to be
 * there.
 */
export async function produceOnce(kafka: Kafka, ...batches: (readonly OutgoingRecord[])[]): Promise<void> {
  const producer = recordProducer(kafka)
  try {
    await producer.connect()
    for (const records of batches) {
      const { failure } = await producer.send(records)
      if (failure) throw failure
    }
  } finally {
    await producer.disconnect()
  }
}

/** The records of one partition, by their positions in a list. */
interface Group {
  topic: string
  partition: number
  positions: number[]
}

/** In one request to each broker that leads some of them. */
async function sendGroups(
  producer: Producer,
  records: readonly OutgoingRecord[],
  groups: readonly Group[],
): Promise<SendResult> {
  const topicMessages = [...Map.groupBy(groups, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    messages: some.flatMap(group => messagesOf(records, group)),
  }))
  const answers = await producer.sendBatch({ acks: -1, topicMessages })
  const isAcknowledged = ({ topic, partition }: Group) =>
    answers.some(answer => answer.topicName === topic && answer.partition === partition && answer.errorCode === 0)
  const acknowledged = groups.filter(isAcknowledged).flatMap(({ positions }) => positions)
  const lost = groups.find(group => !isAcknowledged(group))
  if (!lost) return { acknowledged }
  return {
    acknowledged,
    failure: new Error(
      `sending ${lost.positions.length} records to ${lost.topic}/${lost.partition}: no acknowledgement came`,
    ),
  }
}

function messagesOf(records: readonly OutgoingRecord[], { partition, positions }: Group): Message[] {
  return positions.flatMap(position => {
    const record = records[position]
    return record ? [{ key: record.key, value: record.value, headers: record.headers, partition }] : []
  })
}

const toError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

/** Computing the partition needs the number of partitions; it is fetched once per topic, and again after a failure. */
function partitionCounts(kafka: Kafka) {
  const known = new Map<string, PartitionList>()
  let admin: Admin | undefined
  const learn = async (topics: string[]) => {
    if (!admin) {
      const fresh = kafka.admin({ retry: { retries: 2 } })
      await fresh.connect()
      admin = fresh
    }
    const { topics: found } = await admin.fetchTopicMetadata({ topics })
    for (const topic of found) {
      known.set(
        topic.name,
        Array.from({ length: topic.partitions.length }, (_, partitionId) => ({ ...somePartition, partitionId })),
      )
    }
  }
  return {
    async get(records: readonly OutgoingRecord[]) {
      const unknown = new Set<string>()
      for (const { topic } of records) if (!known.has(topic)) unknown.add(topic)
      if (unknown.size > 0) await learn([...unknown])
      return (topic: string) => known.get(topic) ?? []
    },
    forget: () => known.clear(),
    disconnect: async () => admin?.disconnect(),
  }
}

// the partitioner looks only at how many there are
const somePartition = { partitionErrorCode: 0, leader: 0, replicas: [], isr: [] }
type PartitionList = (typeof somePartition & { partitionId: number })[]
