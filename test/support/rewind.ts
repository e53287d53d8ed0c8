import { kafkaClient } from '@docket/kafka/client.ts'
import type { CommittedOffset } from '@docket/kafka/offsets.ts'

type Kafka = ReturnType<typeof kafkaClient>

/**
 * Rewinds a consumer group without members, so that it consumes its topics again: at most `records` of each partition,
 * as after its offsets were lost. @throws when Kafka is unavailable.
 */
export async function rewind(brokers: string[], groupId: string, records: number): Promise<void> {
  const kafka = kafkaClient({ brokers, clientId: 'rewind' })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const committed = await admin.fetchOffsets({ groupId })
    await commitAsMember(
      kafka,
      groupId,
      committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => ({
          topic,
          partition,
          offset: String(Math.max(0, Number(offset) - records)),
        })),
      ),
    )
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/**
 * As a member of the group for a moment. kafkajs' `setOffsets` joins once for each topic, with a session of 30 s: when
 * Kafka is killed meanwhile, no other member can join until that has expired.
 */
async function commitAsMember(kafka: Kafka, groupId: string, offsets: CommittedOffset[]): Promise<void> {
  const member = kafka.consumer({
    groupId,
    sessionTimeout: 6_000,
    rebalanceTimeout: 6_000,
    allowAutoTopicCreation: false,
  })
  try {
    const joined = new Promise((resolve, reject) => {
      member.on(member.events.GROUP_JOIN, resolve)
      member.on(member.events.CRASH, ({ payload }) => reject(payload.error))
    })
    await member.connect()
    await member.subscribe({ topics: [...new Set(offsets.map(({ topic }) => topic))] })
    await member.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: () => Promise.resolve() })
    await joined
    await member.commitOffsets(offsets)
  } finally {
    await member.disconnect()
  }
}
