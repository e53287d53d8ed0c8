import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { connectedProducer, ownTopics } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'
import { addTopics } from './admin.ts'
import { kafkaClient } from './client.ts'
import { followTopic } from './follow-topic.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'follow-topic-test' })

async function aTopic(t: ExecutionContext, name = `test-${randomUUID()}`) {
  const admin = await ownTopics(t, kafka, { topic: name, numPartitions: 3 })
  const producer = await connectedProducer(t, kafka)
  return {
    name,
    admin,
    async gets(...values: string[]) {
      for (const value of values) await producer.send([{ topic: name, key: `key of ${value}`, value, headers: {} }])
    },
  }
}

function aFollower(t: ExecutionContext, topic: string, since = 0) {
  const seen: string[] = []
  const troubles: unknown[] = []
  const ending = new AbortController()
  const state = { caughtUp: 0 }
  void followTopic({
    kafka,
    topic,
    since: () => since,
    onRecords: records => void seen.push(...records.map(record => String(record.value))),
    onCaughtUp: () => void state.caughtUp++,
    onTrouble: error => void troubles.push(error),
    signal: ending.signal,
  })
  t.teardown(() => ending.abort())
  return {
    seen,
    troubles,
    state,
    caughtUp: (times = 1) => until('it is caught up', async () => state.caughtUp >= times),
  }
}

test('what was there since a time is handed over before it has caught up, and what comes at once', async t => {
  const topic = await aTopic(t)
  await topic.gets('a', 'b', 'c')
  const { seen, caughtUp } = aFollower(t, topic.name)
  await caughtUp()
  t.deepEqual(seen.toSorted(), ['a', 'b', 'c'])
  const sentMs = Date.now()
  await topic.gets('d')
  await until('the next', async () => seen.includes('d'))
  t.true(Date.now() - sentMs < 4_500, 'a broker that has nothing to give holds a request for 5 s')
})

test('what is older than the time is left out', async t => {
  const topic = await aTopic(t)
  await topic.gets('old')
  const { seen, caughtUp } = aFollower(t, topic.name, Date.now() + 60_000)
  await caughtUp()
  await topic.gets('new')
  await until('the new one', async () => seen.length > 0)
  t.deepEqual(seen, ['new'])
})

test('a topic that is not there yet is waited for', async t => {
  const late = `test-${randomUUID()}`
  const { troubles, seen, caughtUp } = aFollower(t, late)
  await until('it is missed', async () => troubles.length > 0)
  const topic = await aTopic(t, late)
  await topic.gets('a')
  await caughtUp()
  await until('the first', async () => seen.includes('a'))
  t.pass()
})

test('records that were deleted before they were read are no obstacle', async t => {
  const topic = await aTopic(t)
  await topic.gets('a', 'b', 'c', 'd', 'e', 'f')
  await topic.admin.fetchTopicOffsets(topic.name) // otherwise the admin does not know the leaders
  const ends = await topic.admin.fetchTopicOffsets(topic.name)
  await topic.admin.deleteTopicRecords({
    topic: topic.name,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  })
  const { seen, caughtUp } = aFollower(t, topic.name)
  await caughtUp()
  await topic.gets('g')
  await until('the next', async () => seen.length > 0)
  t.deepEqual(seen, ['g'])
})

test('a topic that is made anew is followed from its beginning', async t => {
  const topic = await aTopic(t)
  await topic.gets('a')
  const { seen, troubles, caughtUp } = aFollower(t, topic.name)
  await caughtUp()
  await topic.admin.deleteTopics({ topics: [topic.name] })
  await until('it is missed', async () => troubles.length > 0)
  await addTopics(kafka, [{ topic: topic.name, numPartitions: 3, replicationFactor: 1 }])
  await topic.gets('b')
  await until('the first of the new one', async () => seen.includes('b'))
  await caughtUp(2)
  t.pass()
})
