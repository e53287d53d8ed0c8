import { Partitioners, type Admin, type Kafka, type Message, type Producer } from 'kafkajs'
import type { OutgoingRecord } from './record.ts'

export interface Sent {
  /** Positions, in the given list, of the records that every in-sync replica has. */
  acknowledged: number[]
  /** Why the others are not known to be there; they may be, so sending them again may make duplicates. */
  failure?: Error
}

export interface RecordSender {
  connect(): Promise<void>
  send(records: readonly OutgoingRecord[]): Promise<Sent>
  disconnect(): Promise<void>
}

/**
 * Sends with acks from all replicas. Records of one partition keep their order, within a call and from one call to
 * the next if the caller waits in between.
 *
 * One (topic, partition) per request: kafkajs' `send()` of several partitions resolves, and some were never
 * sent, when a leader moves to a broker that has already answered (kafkajs #1303, #1798). Not idempotent, by
 * decision: docs/decisions/0003-producer-without-idempotence.md.
 */
export function recordSender(kafka: Kafka): RecordSender {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 2, initialRetryTime: 100 } })
  const partitionsOf = partitionCounts(kafka)
  const partition = Partitioners.DefaultPartitioner() // murmur2, as Java's clients do
  return {
    connect: () => producer.connect(),
    async send(records) {
      const counts = await partitionsOf.get(records)
      const groups = new Map<string, { topic: string; partition: number; positions: number[] }>()
      records.forEach((record, position) => {
        const to = partition({ topic: record.topic, partitionMetadata: counts(record.topic), message: { key: record.key, value: null } })
        const name = `${record.topic}/${to}`
        const group = groups.get(name)
        if (group) group.positions.push(position)
        else groups.set(name, { topic: record.topic, partition: to, positions: [position] })
      })
      const results = await Promise.allSettled([...groups.values()].map(group => sendGroup(producer, records, group)))
      const acknowledged = results.flatMap(result => result.status === 'fulfilled' ? result.value : [])
      const failed = results.find(result => result.status === 'rejected')
      if (!failed) return { acknowledged }
      partitionsOf.forget()
      return { acknowledged, failure: failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason)) }
    },
    async disconnect() {
      await Promise.all([producer.disconnect(), partitionsOf.disconnect()])
    },
  }
}

/** Sends over a connection of its own, for whoever sends now and then. Rejects when some records are not known to be there. */
export async function sendOnce(kafka: Kafka, ...batches: (readonly OutgoingRecord[])[]): Promise<void> {
  const sender = recordSender(kafka)
  try {
    await sender.connect()
    for (const records of batches) {
      const { failure } = await sender.send(records)
      if (failure) throw failure
    }
  } finally {
    await sender.disconnect()
  }
}

async function sendGroup(
  producer: Producer,
  records: readonly OutgoingRecord[],
  { topic, partition, positions }: { topic: string; partition: number; positions: number[] },
): Promise<number[]> {
  const messages: Message[] = []
  for (const position of positions) {
    const record = records[position]
    if (record) messages.push({ key: record.key, value: record.value, headers: record.headers, partition })
  }
  const answers = await producer.send({ topic, acks: -1, messages })
  const answer = answers.find(one => one.topicName === topic && one.partition === partition)
  if (!answer || answer.errorCode !== 0) throw new Error(`sending ${messages.length} records to ${topic}/${partition}: no acknowledgement came`)
  return positions
}

/** The partition computed by us needs the number of partitions; asked once per topic, and again after a failure. */
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
      known.set(topic.name, Array.from({ length: topic.partitions.length }, (_, partitionId) => ({ ...somePartition, partitionId })))
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

const somePartition = { partitionErrorCode: 0, leader: 0, replicas: [], isr: [] } // the partitioner looks only at how many there are
type PartitionList = (typeof somePartition & { partitionId: number })[]
