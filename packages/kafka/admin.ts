import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, ITopicConfig, Kafka } from 'kafkajs'
import { readBy } from '@docket/contract/flows.ts'
import { committedBy, rangesBy, readingAdmin, withAdmin } from './admin-session.ts'
import { copiesFor, minInsyncFor } from './topic-check.ts'
import { declaredTopics, topicConfig } from './topics.ts'

export interface TopicOverview {
  topic: string
  partitions: number
  records: number
}

interface GroupLag {
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
 * Creates missing topics. Safe to run at any time. By default a topic gets three copies, or as many as there are
 * brokers.
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
  // its own connection: one that asked for the offsets of a topic fails once that topic is deleted
  return withAdmin(kafka, async admin => {
    // does not wait for leaders: kafkajs rejects when a broker does not know the new topic yet
    await admin.createTopics({ waitForLeaders: false, topics })
    await leadersOf(
      admin,
      topics.map(({ topic }) => topic),
    )
  })
}

const leadersWithinMs = 30_000

/**
 * Metadata is not enough: a broker names the leader of a new partition before it has opened the partition, and refuses
 * records for a moment. kafkajs would then send the whole request again, and duplicate what other partitions have
 * already taken. Only an opened partition returns an offset.
 */
async function leadersOf(admin: Admin, topics: string[]): Promise<void> {
  for (const deadline = performance.now() + leadersWithinMs; ; await pause(50)) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics })
      if (
        found.every(({ partitions }) => partitions.length > 0 && partitions.every(partition => partition.leader >= 0))
      ) {
        await Promise.all(topics.map(topic => admin.fetchTopicOffsets(topic)))
        return
      }
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    if (performance.now() > deadline)
      throw new Error(`no leaders for ${topics.join(', ')} within ${leadersWithinMs / 1000} s`)
  }
}

export async function clusterIdOf(kafka: Kafka): Promise<string> {
  return withAdmin(kafka, async admin => (await admin.describeCluster()).clusterId)
}

/** A broker accepts connections some time before its group coordinator works, so this waits for the latter. */
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
  return readingAdmin(kafka, async admin => {
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
  return readingAdmin(kafka, async admin => {
    const starts = topics.map(async topic =>
      (await admin.fetchTopicOffsets(topic)).map(({ partition, low }) => ({ topic, partition, start: Number(low) })),
    )
    return (await Promise.all(starts)).flat()
  })
}

/**
 * Records that a group can still get. It continues at its committed offset, or at the oldest record if retention has
 * deleted that one. Without a committed offset our groups start at the oldest record.
 */
const lagIn = ({ low, high }: { low: string; high: string }, committed = -1) =>
  Math.max(0, Number(high) - Math.max(Number(low), committed))

/**
 * By group and topic, over all partitions, also those that the group has committed nothing of: a service that fails at
 * its first event has a lag, too.
 */
export const groupLags = (kafka: Kafka): Promise<GroupLag[]> => readingAdmin(kafka, lagsOf)

async function lagsOf(admin: Admin): Promise<GroupLag[]> {
  const [{ groups }, existing] = await Promise.all([admin.listGroups(), admin.listTopics()])
  const ranges = rangesBy(admin)
  const lagOf = async (group: string): Promise<GroupLag[]> => {
    const committed = await committedBy(admin, group)
    const topics = new Set<string>([...committed.keys(), ...readBy(group)])
    return Promise.all(
      existing
        .filter(topic => topics.has(topic))
        .map(async topic => {
          const offsets = committed.get(topic)
          const lags = (await ranges(topic)).map(range => lagIn(range, offsets?.get(range.partition)))
          return { group, topic, lag: lags.reduce((sum, lag) => sum + lag, 0) }
        }),
    )
  }
  const lags = await Promise.all(groups.map(({ groupId }) => lagOf(groupId)))
  return lags.flat().sort((a, b) => a.group.localeCompare(b.group) || a.topic.localeCompare(b.topic))
}
