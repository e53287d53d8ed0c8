import { randomUUID } from 'node:crypto'
import { addresses } from '@docket/addresses/addresses.ts'
import { addTopics, createTopics } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { readDeadLetters } from '@docket/kafka/dead-letter-queue.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import test from 'ava'
import { answered, expectAllForms } from '@docket/test/support/mgmt-formats.ts'
import { byCommand, caseOf } from '@docket/test/support/mgmt-samples.ts'

const settings = { brokers: [addresses().kafka], clientId: 'formats-test' }
const topic = `formats-${randomUUID()}`
const key = randomUUID()
let letter = ''

test.before(async () => {
  const kafka = kafkaClient(settings)
  await createTopics(kafka)
  await addTopics(kafka, [{ topic, numPartitions: 2, replicationFactor: 1 }])
  const headers = { ce_id: randomUUID(), ce_type: 'order.created\u001b[2J', ce_time: new Date().toISOString() }
  await produceOnce(kafka, [
    {
      topic,
      key,
      value: JSON.stringify({
        orderId: key,
        lines: [{ sku: 'mug\u001b[2J', quantity: 1 }],
        reason: 'long '.repeat(50),
      }),
      headers,
    },
    { topic, key: null, value: 'not JSON \u0007', headers: {} },
    {
      topic: 'order-events.dlq',
      key,
      value: '{}',
      headers: {
        ...headers,
        dlq_topic: 'order-events',
        dlq_partition: '0',
        dlq_offset: '1',
        dlq_group: 'x',
        dlq_reason: 'failed',
        dlq_error: 'no \u001b[2J',
      },
    },
  ])
  letter = (await readDeadLetters(settings, new AbortController().signal)).find(one => one.key === key)?.id ?? ''
})

for (const [command, samples] of byCommand(({ needs }) => needs === 'kafka'))
  test.serial(`mgmt ${command} prints every format, in a pipe and on a terminal`, async t => {
    t.timeout(120_000)
    for (const sample of samples) {
      const one = caseOf(sample, { ...answered, TOPIC: topic, BROKERS: addresses().kafka, LETTER: letter })
      await expectAllForms(t, command, one, { MGMT_KAFKA_BROKERS: addresses().kafka })
    }
  })
