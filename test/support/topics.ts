import type { ExecutionContext } from 'ava'
import { addTopics } from '@docket/kafka/admin.ts'
import type { kafkaClient } from '@docket/kafka/client.ts'
import { recordProducer, type RecordProducer } from '@docket/kafka/producer.ts'
import { until } from './until.ts'

type Kafka = ReturnType<typeof kafkaClient>
type Admin = ReturnType<Kafka['admin']>
type Message = Parameters<ReturnType<Kafka['producer']>['send']>[0]['messages'][number]
type Topic = Parameters<typeof addTopics>[1][number]

/**
 * Adds topics, of one partition unless they say otherwise. When the test has ended, those that it has not deleted itself
 * are deleted; until then the admin is connected.
 */
export async function ownTopics(t: ExecutionContext<unknown>, kafka: Kafka, ...topics: Topic[]): Promise<Admin> {
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(async () => {
    const existing = new Set(await admin.listTopics())
    const left = topics.map(({ topic }) => topic).filter(topic => existing.has(topic))
    if (left.length > 0) await admin.deleteTopics({ topics: left })
    await admin.disconnect()
  })
  await addTopics(
    kafka,
    topics.map(topic => ({ numPartitions: 1, replicationFactor: 1, ...topic })),
  )
  return admin
}

/** Connected until the test has ended. */
export async function connectedProducer(t: ExecutionContext<unknown>, kafka: Kafka): Promise<RecordProducer> {
  const producer = recordProducer(kafka)
  await producer.connect()
  t.teardown(() => producer.disconnect())
  return producer
}

/** Writes records as a service with transactions does, each in one of its own. It is open until `meanwhile` is over. */
export async function transactions(t: ExecutionContext<unknown>, kafka: Kafka, topic: string) {
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  t.teardown(() => producer.disconnect())
  return async (message: Message, end: 'commit' | 'abort', meanwhile?: () => Promise<unknown>): Promise<void> => {
    // the first of a cluster waits for the topic that Kafka keeps them in, longer than a client asks by itself
    const transaction = await until('a transaction', () => producer.transaction().catch(() => undefined))
    await transaction.send({ topic, messages: [message] })
    await meanwhile?.()
    await transaction[end]()
  }
}
