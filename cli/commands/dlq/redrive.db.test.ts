import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { createTopics } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { given, mgmt } from '@docket/test/support/mgmt-process.ts'

test('a dead letter whose record has gone from its topic is named, and the status says that it was not sent', async t => {
  const brokers = [addresses().kafka]
  const kafka = kafkaClient({ brokers, clientId: 'redrive-test' })
  await createTopics(kafka)
  const key = randomUUID()
  await produceOnce(kafka, [
    {
      topic: 'user-events.dlq',
      key,
      value: null,
      headers: {
        ce_type: 'user.signed_up',
        dlq_topic: 'user-events',
        dlq_partition: '0',
        dlq_offset: '999999999999',
        dlq_group: key,
        dlq_reason: 'not_json',
        dlq_error: 'no JSON',
        dlq_time: new Date().toISOString(),
        dlq_value: 'by-reference',
      },
    },
  ])
  const setup = await given(t)
  setup.env.MGMT_KAFKA_BROKERS = String(brokers)
  const { status, stdout, stderr } = await mgmt(setup, ['dlq', 'redrive', '--order', key, '--yes', '-o', 'json'])
  t.is(status, 1, stderr)
  t.deepEqual(JSON.parse(stdout), [])
  t.regex(stderr, /was not sent: its record, user-events\/0 at 999999999999, has gone from the topic/)
  t.is((await mgmt(setup, ['dlq', 'dismiss', '--order', key, '--yes'])).status, 0)
})
