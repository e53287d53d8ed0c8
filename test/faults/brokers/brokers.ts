import { kafkaClient } from '@docket/kafka/client.ts'
import { topics as contract } from '@docket/contract/generated/contract.ts'
import type { Addresses, KafkaName } from '@docket/addresses/addresses.ts'
import { pidOf } from '@docket/local/processes.ts'
import { until } from '@docket/test/support/until.ts'
import type { Random } from '../chaos/random.ts'

const eventTopics = contract.map(({ topic }) => topic)

type Admin = ReturnType<ReturnType<typeof kafkaClient>['admin']>

/** Retries while the brokers have not elected a controller or coordinator. */
const withAdmin = <T>(at: Addresses, work: (admin: Admin) => Promise<T>): Promise<T> =>
  until('the brokers answer', async () => {
    const admin = kafkaClient({ brokers: at.kafkaBrokers, clientId: 'brokers' }).admin()
    try {
      await admin.connect()
      return [await work(admin)]
    } finally {
      await admin.disconnect().catch(() => undefined) // it never connected
    }
  }).then(([result]) => result as T)

export async function killBroker(at: Addresses, name: KafkaName): Promise<void> {
  process.kill(await until(`${name} runs`, async () => pidOf(at.dir, name)), 'SIGKILL')
}

export const leadersOf = (at: Addresses) =>
  withAdmin(at, async admin => {
    const { topics } = await admin.fetchTopicMetadata({ topics: eventTopics })
    return new Map(
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionId, leader }) => [`${name}/${partitionId}`, leader] as const),
      ),
    )
  })

export const rotateReplicas = (at: Addresses, random: Random) =>
  withAdmin(at, async admin => {
    const { topics } = await admin.fetchTopicMetadata({ topics: eventTopics })
    const moved = topics
      .map(({ name, partitions }) => ({
        topic: name,
        partitionAssignment: partitions
          .filter(() => random.next() < 0.5)
          .map(({ partitionId, replicas }) => ({
            partition: partitionId,
            replicas: [...replicas.slice(1), ...replicas.slice(0, 1)],
          })),
      }))
      .filter(({ partitionAssignment }) => partitionAssignment.length > 0)
    if (moved.length > 0) await admin.alterPartitionReassignments({ topics: moved, timeout: 10_000 })
    return moved.reduce((sum, { partitionAssignment }) => sum + partitionAssignment.length, 0)
  })
