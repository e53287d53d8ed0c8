import type { Admin, Kafka } from 'kafkajs'
import { partitionList, partitionOf } from './producer.ts'

/** A record by its topic and key, and not before when it was published. */
export interface Published {
  topic: string
  key: string
  sinceMs: number
}

/**
 * Of each record: whether retention may have deleted it. That is so when its partition has lost records, and every one
 * that is left is younger.
 */
export async function mayBeDeleted(kafka: Kafka, records: readonly Published[]): Promise<boolean[]> {
  if (records.length === 0) return []
  const admin = kafka.admin({ retry: { retries: 1 } })
  await admin.connect()
  try {
    const ranges = rangesBy(admin)
    return await Promise.all(
      records.map(async ({ topic, key, sinceMs }) => {
        const partitions = await ranges(topic)
        const partition = partitionOf(topic, key, partitionList(partitions.length))
        const start = Number(partitions.find(one => one.partition === partition)?.low ?? 0)
        if (start === 0) return false
        const found = await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs)
        return Number(found.find(one => one.partition === partition)?.offset) <= start
      }),
    )
  } finally {
    await admin.disconnect()
  }
}

/** Where the partitions of a topic begin and end; each topic is asked about once. */
function rangesBy(admin: Admin) {
  const known = new Map<string, ReturnType<Admin['fetchTopicOffsets']>>()
  return (topic: string) => {
    const range = known.get(topic) ?? admin.fetchTopicOffsets(topic)
    known.set(topic, range)
    return range
  }
}
