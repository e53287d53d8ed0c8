import type { Kafka } from 'kafkajs'
import { rangesBy, withAdmin } from './admin-session.ts'
import { partitionOf } from './partition.ts'

export interface Published {
  topic: string
  key: string
  sinceMs: number
}

/**
 * Whether retention may have deleted each record: so when its partition has lost records, and all that are left are
 * newer.
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
          const partition = partitionOf(key, partitions.length)
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
