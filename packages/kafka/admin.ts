import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, ITopicConfig, Kafka } from 'kafkajs'
import { rangesBy, withAdmin } from './admin-session.ts'
import { copiesFor, minInsyncFor } from './topic-check.ts'
import { declaredTopics, topicConfig } from './topics.ts'

export interface TopicOverview {
  topic: string
  partitions: number
  records: number
}

export interface GroupLag {
  group: string
  topic: string
  lag: number
}

export interface CreatedTopics {
  created: string[]
  replicationFactor: number
  minInsyncReplicas: number
  brokers: number
}

/**
 * Creates the declared topics that are missing. Safe to run at any time. Unless told otherwise with three copies, or as
 * many as there are brokers.
 */
export async function createTopics(kafka: Kafka, copies?: number): Promise<CreatedTopics> {
  return withAdmin(kafka, async admin => {
    const brokers = (await admin.describeCluster()).brokers.length
    const replicationFactor = copies ?? copiesFor(brokers)
    const minInsyncReplicas = minInsyncFor(replicationFactor)
    const existing = new Set(await admin.listTopics())
    const missing = declaredTopics.filter(({ topic }) => !existing.has(topic))
    if (missing.length > 0) {
      await addTopics(
        kafka,
        missing.map(({ topic, partitions }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor,
          configEntries: [...topicConfig(topic), { name: 'min.insync.replicas', value: String(minInsyncReplicas) }],
        })),
      )
    }
    return { created: missing.map(({ topic }) => topic), replicationFactor, minInsyncReplicas, brokers }
  })
}

export async function addTopics(kafka: Kafka, topics: ITopicConfig[]): Promise<void> {
  // of its own: one that asked for the offsets of a topic fails when that is deleted
  return withAdmin(kafka, async admin => {
    // to wait: kafkajs rejects when a broker does not know the new topic yet
    await admin.createTopics({ waitForLeaders: false, topics })
    await leadersOf(
      admin,
      topics.map(({ topic }) => topic),
    )
  })
}

const leadersWithinMs = 30_000

/**
 * The metadata is not enough: a broker names the leader of a new partition there before it has opened the partition,
 * and refuses records for a moment. kafkajs then sends the whole request again, and what other partitions had already
 * taken is there twice. An offset comes from the opened partition.
 */
async function leadersOf(admin: Admin, topics: string[]): Promise<void> {
  for (const deadline = Date.now() + leadersWithinMs; ; await pause(50)) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics })
      if (
        found.every(({ partitions }) => partitions.length > 0 && partitions.every(partition => partition.leader >= 0))
      ) {
        await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
        return
      }
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    if (Date.now() > deadline) throw new Error(`no leaders for ${topics.join(', ')} within ${leadersWithinMs / 1000} s`)
  }
}

export async function clusterIdOf(kafka: Kafka): Promise<string> {
  return withAdmin(kafka, async admin => (await admin.describeCluster()).clusterId)
}

/** Throws until a consumer group can join: a broker answers on its port some time before that. */
export async function expectGroupsWork(kafka: Kafka): Promise<void> {
  return withAdmin(
    kafka,
    async admin => {
      await admin.fetchOffsets({ groupId: 'is-the-coordinator-there', topics: [] })
    },
    0,
  )
}

export async function missingTopics(kafka: Kafka, topics: readonly string[]): Promise<string[]> {
  return withAdmin(
    kafka,
    async admin => {
      const existing = new Set(await admin.listTopics())
      return topics.filter(topic => !existing.has(topic))
    },
    0,
  )
}

export async function topicOverview(kafka: Kafka): Promise<TopicOverview[]> {
  return withAdmin(kafka, async admin => {
    const names = (await admin.listTopics()).filter(name => !name.startsWith('__')).sort()
    return await Promise.all(
      names.map(async topic => {
        const offsets = await admin.fetchTopicOffsets(topic)
        const records = offsets.reduce((sum, one) => sum + Number(one.high) - Number(one.low), 0)
        return { topic, partitions: offsets.length, records }
      }),
    )
  })
}

export interface PartitionStart {
  topic: string
  partition: number
  start: number
}

export async function topicStarts(kafka: Kafka, topics: readonly string[]): Promise<PartitionStart[]> {
  return withAdmin(kafka, async admin => {
    const starts = topics.map(async topic =>
      (await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => ({ topic, partition, start: Number(low) })),
    )
    return (await Promise.all(starts)).flat()
  })
}

/**
 * Records that a group can still get. It continues at its committed offset, or at the first record that Kafka has kept
 * when retention has deleted that one. -1: nothing is committed yet; our groups start at the first record.
 */
const lagIn = (range: { low: string; high: string } | undefined, committed: number) =>
  range === undefined ? 0 : Math.max(0, Number(range.high) - Math.max(Number(range.low), committed))

export async function groupLags(kafka: Kafka): Promise<GroupLag[]> {
  return withAdmin(kafka, async admin => {
    const { groups } = await admin.listGroups()
    const ranges = rangesBy(admin)
    const lags = await Promise.all(
      groups.map(async ({ groupId }) => {
        const committed = await admin.fetchOffsets({ groupId })
        return Promise.all(
          committed.map(async ({ topic, partitions }) => {
            const kept = await ranges(topic)
            const rangeOf = (partition: number) => kept.find(one => one.partition === partition)
            const lag = partitions.reduce((sum, one) => sum + lagIn(rangeOf(one.partition), Number(one.offset)), 0)
            return { group: groupId, topic, lag }
          }),
        )
      }),
    )
    return lags.flat().sort((a, b) => a.group.localeCompare(b.group) || a.topic.localeCompare(b.topic))
  })
}
