import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { connectedProducer, ownTopics, transactions } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'
import { addTopics } from './admin.ts'
import { kafkaClient } from './client.ts'
import { tail, type TailOptions, type TailState } from './tail.ts'

const settings = { brokers: [addresses().kafka], clientId: 'tail-test' }
const kafka = kafkaClient(settings)

async function aTopic(t: ExecutionContext, name = `test-${randomUUID()}`) {
  const admin = await ownTopics(t, kafka, { topic: name, numPartitions: 3 })
  const producer = await connectedProducer(t, kafka)
  return {
    name,
    admin,
    async gets(...values: string[]) {
      for (const value of values) {
        await producer.send([{ topic: name, key: `key of ${value}`, value, headers: {} }])
        const sentMs = Date.now() // its record's time at the latest
        while (Date.now() <= sentMs) await turn() // records of the same millisecond have no order across partitions
      }
    },
  }
}

function aTail(t: ExecutionContext, more: Partial<TailOptions>) {
  const seen: string[] = []
  const states: TailState['state'][] = []
  const ending = new AbortController()
  const ended = tail({
    kafka: settings,
    from: 'now',
    follow: true,
    signal: ending.signal,
    onRecord: record => void seen.push(String(record.value)),
    onState: state => void states.push(state.state),
    ...more,
  })
  t.teardown(async () => {
    ending.abort()
    await ended.catch(error => t.true(ending.signal.aborted, String(error)))
  })
  return { seen, states, ended, ready: () => until('it is caught up', async () => states.includes('caught-up')) }
}

test('a tail that begins now sees what comes, and nothing from before', async t => {
  const topic = await aTopic(t)
  await topic.gets('old')
  const { seen, ready } = aTail(t, { topics: [topic.name] })
  await ready()
  await topic.gets('a', 'b', 'c')
  await until('three', async () => seen.length === 3)
  t.deepEqual(seen, ['a', 'b', 'c'])
})

test('a tail from the beginning merges the partitions by time', async t => {
  const topic = await aTopic(t)
  const values = Array.from({ length: 30 }, (_, n) => String(n))
  await topic.gets(...values)
  const { seen, ended } = aTail(t, { topics: [topic.name], from: 'beginning', follow: false })
  await ended
  t.deepEqual(seen, values)
})

test('records that came together are followed by one pause, before the state becomes caught-up', async t => {
  const topic = await aTopic(t)
  await topic.gets('a', 'b', 'c')
  const seen: string[] = []
  await tail({
    kafka: settings,
    topics: [topic.name],
    from: 'beginning',
    follow: false,
    signal: AbortSignal.timeout(20_000),
    onRecord: record => void seen.push(String(record.value)),
    onPause: () => void seen.push('pause'),
    onState: ({ state }) => void seen.push(state),
  })
  t.deepEqual(seen, ['connecting', 'ready', 'a', 'b', 'c', 'pause', 'caught-up'])
})

test('the last few are the youngest of all partitions', async t => {
  const topic = await aTopic(t)
  await topic.gets(...Array.from({ length: 20 }, (_, n) => String(n)))
  const { seen, ended } = aTail(t, { topics: [topic.name], from: { last: 4 }, follow: false })
  await ended
  t.deepEqual(seen, ['16', '17', '18', '19'])
})

test('the last few that are wanted are found among all, and what comes later is seen too', async t => {
  const topic = await aTopic(t)
  await topic.gets(...Array.from({ length: 700 }, (_, n) => String(n)))
  const { seen, ready } = aTail(t, {
    topics: [topic.name],
    from: { last: 2 },
    wanted: record => String(record.value).endsWith('77'),
  })
  await ready()
  t.deepEqual(seen, ['577', '677'])
  await topic.gets('78', '777')
  await until('the third', async () => seen.length === 3)
  t.deepEqual(seen, ['577', '677', '777'])
})

for (const from of ['now', { last: 3 }] as const) {
  test(`records whose clock went back come once each, from ${JSON.stringify(from)}`, async t => {
    const topic = await aTopic(t)
    const producer = kafka.producer()
    await producer.connect()
    t.teardown(() => producer.disconnect())
    const send = () =>
      producer.send({
        topic: topic.name,
        messages: ['a', 'b', 'c'].map((value, at) => ({
          partition: 0,
          value,
          timestamp: String(Date.now() - 1_000 * at),
        })),
      })
    if (from !== 'now') await send()
    const { seen, ready } = aTail(t, { topics: [topic.name], from })
    await ready()
    if (from === 'now') await send()
    await topic.gets('later')
    await until('the later one', async () => seen.includes('later'))
    t.deepEqual(seen, [...(from === 'now' ? ['a', 'b', 'c'] : ['c', 'b', 'a']), 'later'])
  })
}

test('what another service has aborted hides nothing that lies behind it', async t => {
  const topic = await aTopic(t)
  const { seen, ready } = aTail(t, { topics: [topic.name] })
  await ready()
  const write = await transactions(t, kafka, topic.name)
  await write({ partition: 0, value: Buffer.alloc(200 * 1024) }, 'abort') // more than a fetch reads of a partition
  await write({ partition: 0, value: 'behind' }, 'commit')
  await until('one is seen', async () => seen.length > 0)
  t.deepEqual(seen, ['behind'])
  for (const from of ['beginning', { last: 1 }] as const) {
    const past = aTail(t, { topics: [topic.name], from, follow: false })
    await past.ended
    t.deepEqual(past.seen, ['behind'], JSON.stringify(from))
  }
})

test('behind the marker of a transaction, a broker holds requests until there is more', async t => {
  const topic = await aTopic(t)
  let answers = 0
  const { seen, ready } = aTail(t, { topics: [topic.name], onPause: () => void answers++ })
  await ready()
  const write = await transactions(t, kafka, topic.name)
  await write({ partition: 0, value: 'a' }, 'commit')
  await until('it is seen', async () => seen.length > 0)
  const [before, sinceMs] = [answers, performance.now()]
  await until('four more answers', async () => answers >= before + 4)
  t.true(
    performance.now() - sinceMs > 900,
    'a request without records takes half a second; the first may bring the marker',
  )
})

test('a topic that is deleted and created again does not block the others', async t => {
  const name = `test-${randomUUID()}`
  const other = await aTopic(t)
  const topic = await aTopic(t, name)
  await topic.gets('1', '2', '3')
  const { seen, ready } = aTail(t, { topics: [name, other.name], from: 'beginning' })
  await ready()
  await other.admin.deleteTopics({ topics: [name] })
  await other.gets('of another')
  await until('the other goes on', async () => seen.includes('of another'))
  await until('it is gone', async () => !(await other.admin.listTopics()).includes(name))
  await addTopics(kafka, [{ topic: name, numPartitions: 3, replicationFactor: 1 }])
  await topic.gets('made anew')
  await until('the new one is read', async () => seen.includes('made anew'))
  t.pass()
})

test('a tail since a time leaves out what is older', async t => {
  const topic = await aTopic(t)
  await topic.gets('old')
  const since = Date.now()
  await until('a later millisecond', async () => Date.now() > since + 5)
  await topic.gets('young')
  const { seen, ended } = aTail(t, { topics: [topic.name], from: new Date(since + 2), follow: false })
  await ended
  t.deepEqual(seen, ['young'])
})

test('a tail since a time after the last record shows nothing of the past', async t => {
  const topic = await aTopic(t)
  await topic.gets('old')
  const { seen, ended } = aTail(t, { topics: [topic.name], from: new Date(Date.now() + 60_000), follow: false })
  await ended
  t.deepEqual(seen, [])
})

test('an empty topic has an end too', async t => {
  const topic = await aTopic(t)
  const { seen, ended } = aTail(t, { topics: [topic.name], from: 'beginning', follow: false })
  await ended
  t.deepEqual(seen, [])
})

test('a topic that is made while the tail runs is picked up, from its beginning', async t => {
  const late = `test-${randomUUID()}`
  const { seen, ready } = aTail(t, { topics: [late] })
  await ready()
  const topic = await aTopic(t, late)
  await topic.gets('first')
  await until('the first', async () => seen.includes('first'))
  t.pass()
})

test('a tail that is ended has not lost the connection', async t => {
  const topic = await aTopic(t)
  const ending = new AbortController()
  const { states, ended, ready } = aTail(t, { topics: [topic.name], signal: ending.signal })
  await ready()
  ending.abort()
  await ended
  t.false(states.includes('reconnecting'))
})

test('a tail leaves no consumer group behind', async t => {
  const topic = await aTopic(t)
  const groups = async () =>
    (await topic.admin.listGroups()).groups.map(group => group.groupId).filter(group => /tail|mgmt/.test(group))
  const { ready } = aTail(t, { topics: [topic.name] })
  await ready()
  t.deepEqual(await groups(), [])
})

test('a slow reader is waited for', async t => {
  const topic = await aTopic(t)
  await topic.gets(...Array.from({ length: 10 }, (_, n) => String(n)))
  let [running, most] = [0, 0]
  const { ended } = aTail(t, {
    topics: [topic.name],
    from: 'beginning',
    follow: false,
    async onRecord() {
      most = Math.max(most, ++running)
      await new Promise(resolve => {
        setImmediate(resolve)
      })
      running--
    },
  })
  await ended
  t.is(most, 1)
})

test('a reader that fails ends the tail with its own error', async t => {
  const topic = await aTopic(t)
  await topic.gets('a')
  await t.throwsAsync(
    tail({
      kafka: settings,
      topics: [topic.name],
      from: 'beginning',
      follow: false,
      signal: new AbortController().signal,
      onState: () => undefined,
      onRecord: () => {
        throw new Error('the pipe is full')
      },
    }),
    { message: 'the pipe is full' },
  )
})

test('an unreachable Kafka is an error that says so', async t => {
  await t.throwsAsync(
    tail({
      kafka: { brokers: ['127.0.0.1:1'], clientId: 'x' },
      from: 'now',
      follow: true,
      signal: new AbortController().signal,
      onRecord: () => undefined,
      onState: () => undefined,
    }),
    { message: /127\.0\.0\.1:1 cannot be reached/ },
  )
})
