import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { addTopics } from './admin.ts'
import { brokerReader } from './broker-reader.ts'
import { kafkaClient } from './client.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'request-queue-test' })
const turns = () => performance.nodeTiming.uvMetricsInfo.loopCount

test('a process that waits for records is at rest', async t => {
  const topic = `test-${randomUUID()}`
  await addTopics(kafka, [{ topic, numPartitions: 1, replicationFactor: 1 }])
  const [admin, reader] = [kafka.admin(), await brokerReader(kafka)]
  await admin.connect()
  t.teardown(async () => {
    await admin.deleteTopics({ topics: [topic] })
    await Promise.all([reader.close(), admin.disconnect()])
  })
  await reader.offsets(topic, 1, 'end')
  const before = turns()
  await reader.fetch([{ topic, partition: 0, next: 0 }], 1_000, 1_024)
  // kafkajs looks for requests that have timed out ten times a second at each connection, and ava has timers as well
  t.true(turns() - before < 100, `${turns() - before} turns of the event loop in a second`)
})
