import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { connectedProducer, ownTopics } from '@docket/test/support/topics.ts'
import { kafkaClient } from './client.ts'
import { mayBeDeleted } from './deleted-records.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'deleted-records-test' })

test('a record may be deleted when its partition has lost some, and keeps none from before it', async t => {
  const topic = `deleted-${randomUUID()}`
  const admin = await ownTopics(t, kafka, { topic })
  const producer = await connectedProducer(t, kafka)
  const [began, later] = [Date.now(), Date.now() + 60_000]
  await producer.send(Array.from({ length: 4 }, (_, n) => ({ topic, key: 'A', value: `${n}`, headers: {} })))
  const questions = [began, later].map(sinceMs => ({ topic, key: 'A', sinceMs }))
  t.deepEqual(await mayBeDeleted(kafka, questions), [false, false])
  await admin.fetchTopicOffsets(topic) // otherwise the admin does not know the leader of the partition
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] }) // as retention does
  t.deepEqual(await mayBeDeleted(kafka, questions), [true, false])
  t.deepEqual(await mayBeDeleted(kafka, []), [])
})
