import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { addTopics } from './admin.ts'
import { kafkaClient } from './client.ts'
import { mayBeDeleted } from './deleted-records.ts'
import { recordProducer } from './producer.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'deleted-records-test' })

test('a record may be deleted when its partition has lost some, and keeps none from before it', async t => {
  const topic = `deleted-${randomUUID()}`
  const admin = kafka.admin()
  await admin.connect()
  await addTopics(kafka, [{ topic, numPartitions: 1, replicationFactor: 1 }])
  const producer = recordProducer(kafka)
  await producer.connect()
  t.teardown(async () => {
    await admin.deleteTopics({ topics: [topic] })
    await Promise.all([admin.disconnect(), producer.disconnect()])
  })
  const [began, later] = [Date.now(), Date.now() + 60_000]
  await producer.send(Array.from({ length: 4 }, (_, n) => ({ topic, key: 'A', value: `${n}`, headers: {} })))
  const questions = [began, later].map(sinceMs => ({ topic, key: 'A', sinceMs }))
  t.deepEqual(await mayBeDeleted(kafka, questions), [false, false])
  await admin.fetchTopicOffsets(topic) // otherwise the admin does not know the leader of the partition
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] }) // as retention does
  t.deepEqual(await mayBeDeleted(kafka, questions), [true, false])
  t.deepEqual(await mayBeDeleted(kafka, []), [])
})
