import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import { brokerReader } from './broker-reader.ts'
import { kafkaClient } from './client.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'request-queue-test' })
const turns = () => performance.nodeTiming.uvMetricsInfo.loopCount

test('a process that waits for records is at rest', async t => {
  const topic = `test-${randomUUID()}`
  await ownTopics(t, kafka, { topic })
  const reader = await brokerReader(kafka)
  t.teardown(() => reader.close())
  await reader.offsets(topic, 1, 'end')
  const before = turns()
  await reader.fetch([{ topic, partition: 0, next: 0 }], 1_000, 1_024)
  // kafkajs looks for requests that have timed out ten times a second at each connection, and ava has timers as well
  t.true(turns() - before < 100, `${turns() - before} turns of the event loop in a second`)
})
