import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { connectedProducer, ownTopics, transactions } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'
import { brokerReader } from './broker-reader.ts'
import { kafkaClient } from './client.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'broker-reader-test' })
const rounds = 200 // on a busy machine few of them meet the moment between the two lookups

test('a record that comes while its offset is looked for by time is not skipped', async t => {
  const topic = `test-${randomUUID()}`
  await ownTopics(t, kafka, { topic })
  const [reader, producer] = [await brokerReader(kafka), await connectedProducer(t, kafka)]
  t.teardown(() => reader.close())
  for (let before = 0; before < rounds; before++) {
    const [[start = Infinity]] = await Promise.all([
      reader.offsets(topic, 1, Date.now()),
      producer.send([{ topic, key: 'k', value: String(before), headers: {} }]),
    ])
    t.true(start <= before, `of the record at ${before}: ${start}`)
  }
})

test('the offsets of many topics are those of each', async t => {
  const names = ['a', 'b'].map(name => `test-${name}-${randomUUID()}`)
  await ownTopics(t, kafka, ...names.map((topic, at) => ({ topic, numPartitions: at + 2 })))
  const [reader, producer] = [await brokerReader(kafka), await connectedProducer(t, kafka)]
  t.teardown(() => reader.close())
  await producer.send(names.flatMap(topic => ['k', 'l', 'm'].map(key => ({ topic, key, value: key, headers: {} }))))
  const topics = new Map(names.map((topic, at) => [topic, at + 2]))
  for (const at of ['first', 'end', 0, Date.now() + 60_000] as const) {
    const all = await reader.offsetsOf(topics, at)
    for (const [topic, partitions] of topics)
      t.deepEqual(all.get(topic), await reader.offsets(topic, partitions, at), `${topic} ${at}`)
  }
  const ends = [...(await reader.offsetsOf(topics, 'end')).values()].map(of => of.reduce((sum, one) => sum + one, 0))
  t.deepEqual(ends, [3, 3])
  t.deepEqual(await reader.offsetsOf(new Map(), 'end'), new Map())
})

test('records of a transaction that was aborted are not there', async t => {
  const topic = `test-${randomUUID()}`
  await ownTopics(t, kafka, { topic })
  const write = await transactions(t, kafka, topic)
  await write({ key: 'k', value: 'a' }, 'commit')
  await write({ key: 'k', value: 'b' }, 'abort')
  await write({ key: 'k', value: 'c' }, 'commit')
  const reader = await brokerReader(kafka)
  t.teardown(() => reader.close())
  const seen: string[] = []
  let [next = 0] = await reader.offsets(topic, 1, 'first')
  await until('the last is read', async () => {
    const { records, nexts } = await reader.fetch([{ topic, partition: 0, next }], 500, 1_000_000)
    seen.push(...records.map(({ value }) => String(value)))
    next = nexts.get(`${topic}/0`) ?? next
    return seen.includes('c')
  })
  t.deepEqual(seen, ['a', 'c'])
})
