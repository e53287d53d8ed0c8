import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'

export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>, retries?: number): Promise<T> {
  const admin = kafka.admin(retries === undefined ? {} : { retry: { retries } })
  try {
    await admin.connect()
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

const attempts = 3
const againMs = 500

/**
 * For work that only reads, over all topics perhaps: it is done again, with what Kafka says anew, when a topic was deleted
 * or a partition got another leader meanwhile.
 */
export async function readingAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withAdmin(kafka, work)
    } catch (error) {
      if (attempt === attempts || !hasChangedMeanwhile(error)) throw error
      await pause(againMs)
    }
  }
}

const changes: ReadonlySet<unknown> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'KafkaJSBrokerNotFound', // the name of what kafkajs says of a partition without a leader
])

/**
 * kafkajs wraps the errors of Kafka's protocol once it has tried often enough. Where it has no metadata of a topic,
 * `fetchTopicOffsets` of 2.2.4 takes apart an answer that it does not have.
 */
function hasChangedMeanwhile(error: unknown): boolean {
  const { name, type, cause } = error as { name?: unknown; type?: unknown; cause?: unknown }
  const isKnown = changes.has(type) || changes.has(name)
  return error instanceof TypeError || isKnown || (cause instanceof Error && hasChangedMeanwhile(cause))
}

export function rangesBy(admin: Admin): (topic: string) => ReturnType<Admin['fetchTopicOffsets']> {
  const known = new Map<string, ReturnType<Admin['fetchTopicOffsets']>>()
  return topic => {
    const range = known.get(topic) ?? admin.fetchTopicOffsets(topic)
    known.set(topic, range)
    return range
  }
}

/** By topic and partition. Kafka leaves out partitions, and topics, that the group has committed nothing of. */
export async function committedBy(admin: Admin, group: string): Promise<Map<string, Map<number, number>>> {
  const committed = await admin.fetchOffsets({ groupId: group })
  return new Map(
    committed.map(({ topic, partitions }) => [
      topic,
      new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)])),
    ]),
  )
}
