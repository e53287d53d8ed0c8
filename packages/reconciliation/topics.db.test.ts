import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { createTopics } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { readTopics } from './topics.ts'

test('topics that cannot be read in time are an error, not a loss of the events that are missing', async t => {
  const kafka = { brokers: [addresses().kafka], clientId: 'reconciliation-test' }
  await createTopics(kafkaClient(kafka))
  await t.throwsAsync(readTopics(kafka, undefined, 1), { message: /not all of them were read within 0\.001 s/ })
})
