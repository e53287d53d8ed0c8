import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import type { Topic } from '@docket/contract/event.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { recordProducer } from '@docket/kafka/producer.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import { logger } from './log.ts'
import { reachKafka } from './own-topics.ts'

test('a service that starts after somebody has deleted dead letters with their topic says which is missing', async t => {
  const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'own-topics-test' })
  const topic = `own-${randomUUID()}` as Topic // no service has it, so that it can be without dead letters
  await ownTopics(t, kafka, { topic })
  const producer = recordProducer(kafka)
  t.teardown(() => producer.disconnect())
  const reaching = reachKafka('a-service', kafka, producer, [topic], logger('test', 'silent'))
  await t.throwsAsync(reaching, { name: 'TopicsMissing', message: new RegExp(`^topics are missing: ${topic}\\.dlq;`) })
})
