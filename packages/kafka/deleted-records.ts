import type { Kafka } from 'kafkajs'
import { rangesBy, withAdmin } from './admin-session.ts'
import { partitionList, partitionOf } from './producer.ts'

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
  return withAdmin(
    kafka,
    async admin => {
      const ranges = rangesBy(admin)
      return Promise.all(
        records.map(async ({ topic, key, sinceMs }) => {
          const partitions = await ranges(topic)
          const partition = partitionOf(topic, key, partitionList(partitions.length))
          const start = Number(partitions.find(one => one.partition === partition)?.low ?? 0)
          if (start === 0) return false
          const found = await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs)
          return Number(found.find(one => one.partition === partition)?.offset) <= start
        }),
      )
    },
    1,
  )
}
