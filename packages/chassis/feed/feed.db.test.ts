import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { startProxy } from '@docket/test/support/proxy.ts'
import { slow } from '@docket/test/support/slow.ts'
import { connectedProducer, ownTopics } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'
import { logger } from '../log.ts'
import { eventFeed, type EventFeed, type FeedItem, type FeedOptions, type Reading } from './feed.ts'
import { offsetsIn } from './offsets.ts'

const broker = addresses().kafka
const kafka = kafkaClient({ brokers: [broker], clientId: 'feed-test' })

async function aTopic(t: ExecutionContext) {
  const topic = `feed-${randomUUID()}`
  const admin = await ownTopics(t, kafka, { topic, numPartitions: 3 })
  const producer = await connectedProducer(t, kafka)
  let sent = 0
  return {
    topic,
    /** Sends so many orders that completed; returns their ids. */
    async gets(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, () => `018f2c00-0000-7000-8000-${String(sent++).padStart(12, '0')}`)
      await producer.send(
        ids.map(orderId => ({
          topic,
          key: orderId,
          value: JSON.stringify({ orderId }),
          headers: { ce_type: 'order.completed' },
        })),
      )
      return ids
    },
    /** Its records are old enough to be deleted, all of them. */
    async forgets(): Promise<void> {
      const ends = await admin.fetchTopicOffsets(topic) // also loads who leads the partitions, as deleting expects
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }))
      await admin.deleteTopicRecords({ topic, partitions })
    },
  }
}

const aFeed = (topic: string, keeps?: FeedOptions['keeps'], at = broker) =>
  eventFeed({ brokers: [at], clientId: 'feed-test' }, logger('test', 'fatal'), {
    topics: [topic],
    ...(keeps && { keeps }),
  })

function aReader(t: ExecutionContext, feed: EventFeed, more: Partial<Reading> = {}) {
  const ending = new AbortController()
  const items = feed.read({
    topics: () => true,
    from: 'now',
    follow: true,
    prepare: async () => undefined,
    isWanted: () => true,
    signal: ending.signal,
    ...more,
  })
  const seen: FeedItem[] = []
  const reading = (async () => {
    for await (const item of items) seen.push(item)
  })()
  t.teardown(async () => {
    ending.abort()
    await reading
  })
  return {
    seen,
    reading,
    orders: () => seen.flatMap(item => (item.is === 'event' ? [orderIn(item.json)] : [])),
    is: (what: FeedItem['is']) => until(`it is ${what}`, async () => seen.some(item => item.is === what)),
  }
}

const orderIn = (json: string) => (JSON.parse(json) as { data: { orderId: string } }).data.orderId

test('whoever continues with an id, at the same replica or another, sees each event once', async t => {
  const topic = await aTopic(t)
  const [here, there] = [aFeed(topic.topic), aFeed(topic.topic)]
  const reader = aReader(t, here)
  await reader.is('caught-up')
  const orders = (await topic.gets(30)).sort()
  await until('all are read', async () => reader.orders().length === 30)
  t.deepEqual(reader.orders().toSorted(), orders)
  const ids = reader.seen.flatMap(item => (item.is === 'event' ? [item.id] : []))
  for (const feed of [here, there])
    for (const at of [0, 13, 29]) {
      const offsets = offsetsIn(ids[at] ?? '') ?? new Map()
      const later = aReader(t, feed, { from: { offsets } })
      await later.is('caught-up')
      await until('the rest is read', async () => later.orders().length >= 29 - at)
      t.deepEqual(
        later.orders().toSorted(),
        reader
          .orders()
          .slice(at + 1)
          .toSorted(),
      )
    }
})

test('a reader of the past goes on with what happens, without a gap or a repetition', async t => {
  const topic = await aTopic(t)
  const before = await topic.gets(20)
  const reader = aReader(t, aFeed(topic.topic), { from: 'beginning' })
  await until('it reads', async () => reader.orders().length > 0)
  const after = await topic.gets(20)
  await until('all are read', async () => reader.orders().length >= 40)
  t.deepEqual(reader.orders().toSorted(), [...before, ...after].sort())
})

test('a reader that leaves while more happens than is kept ends, and is not read on for', async t => {
  const topic = await aTopic(t)
  await topic.gets(10)
  const feed = aFeed(topic.topic, { entries: 1, bytes: 1_000_000 })
  const other = aReader(t, feed)
  await other.is('caught-up')
  const leaving = new AbortController()
  const prepare = async () => {
    if (leaving.signal.aborted) return
    await topic.gets(20) // which it would have to read, too
    await until('they are read for others', async () => other.orders().length > 1 || other.seen.some(isGap))
    leaving.abort()
  }
  const { reading } = aReader(t, feed, { from: 'beginning', prepare, signal: leaving.signal })
  await reading
  t.pass()
})

const isGap = (item: FeedItem) => item.is === 'gap'

test('the last that are wanted are shown, and with them it may end', async t => {
  const topic = await aTopic(t)
  const orders = await topic.gets(50)
  const even = ({ key }: { key: string | null }) => Number(key?.at(-1)) % 2 === 0
  const reader = aReader(t, aFeed(topic.topic), { from: { last: 3 }, follow: false, isWanted: even })
  await reader.reading
  t.is(reader.seen.at(-1)?.is, 'end')
  t.is(reader.orders().length, 3)
  t.true(reader.orders().every(id => orders.includes(id) && Number(id.at(-1)) % 2 === 0))
})

test('what begins and ends at a time shows what is between', async t => {
  const topic = await aTopic(t)
  await topic.gets(5)
  const sinceMs = await later()
  const between = await topic.gets(5)
  const untilMs = await later()
  await topic.gets(5)
  const reader = aReader(t, aFeed(topic.topic), { from: new Date(sinceMs), untilMs, follow: false })
  await reader.reading
  t.deepEqual(reader.orders().toSorted(), between.sort())
})

test('a reader that leaves in the middle of the past ends, and so does one whose time was over before', async t => {
  const topic = await aTopic(t)
  await topic.gets(5)
  const feed = aFeed(topic.topic)
  const leaving = new AbortController()
  // it leaves while it looks at the first records, before it is told of any
  const left = aReader(t, feed, { from: 'beginning', signal: leaving.signal, prepare: async () => leaving.abort() })
  await left.reading
  t.false(left.seen.some(item => item.is === 'caught-up'))
  const late = aReader(t, feed, { from: 'beginning', untilMs: Date.now() - 60_000 })
  await late.reading
  t.is(late.seen.at(-1)?.is, 'end')
  t.deepEqual(late.orders(), [])
})

test('readers that leave in the middle of the past make room for others', async t => {
  const topic = await aTopic(t)
  const orders = await topic.gets(5)
  const feed = aFeed(topic.topic)
  const leaves = () => {
    const leaving = new AbortController()
    return aReader(t, feed, { from: 'beginning', signal: leaving.signal, prepare: async () => leaving.abort() }).reading
  }
  await Promise.all(Array.from({ length: 8 }, leaves)) // as many as may read it at a time
  const last = aReader(t, feed, { from: 'beginning', follow: false })
  await last.is('end')
  t.deepEqual(last.orders().toSorted(), orders)
})

test('whoever continues where records have been deleted since is told, and from where on', async t => {
  const topic = await aTopic(t)
  await topic.gets(10)
  const before = aReader(t, aFeed(topic.topic), { from: 'beginning', follow: false })
  await before.reading
  const id = before.seen.flatMap(item => (item.is === 'event' ? [item.id] : []))[4] ?? ''
  await topic.forgets()
  const orders = await topic.gets(3)
  const reader = aReader(t, aFeed(topic.topic), { from: { offsets: offsetsIn(id) ?? new Map() }, follow: false })
  await reader.reading
  t.like(reader.seen.filter(isGap), [{ from: id }])
  t.deepEqual(reader.orders().toSorted(), orders)
})

/** A time that no record has had, and none has that was sent before. */
async function later(): Promise<number> {
  const nowMs = Date.now() + 2
  await until('the clock has gone on', async () => Date.now() > nowMs)
  return nowMs
}

test('a reader that is too slow is told what it has missed, and others miss nothing', async t => {
  const topic = await aTopic(t)
  const feed = aFeed(topic.topic, { entries: 10, bytes: 1_000_000 })
  const fast = aReader(t, feed)
  const gate = Promise.withResolvers<void>()
  const late = aReader(t, feed, { prepare: () => gate.promise })
  await Promise.all([fast.is('caught-up'), late.is('caught-up')])
  const seen = new Set(await topic.gets(1))
  await until('the fast one has it', async () => fast.orders().length === 1)
  for (let round = 0; round < 5; round++) {
    for (const order of await topic.gets(8)) seen.add(order)
    await until('the fast one has them', async () => fast.orders().length === seen.size)
  }
  gate.resolve()
  await late.is('gap')
  t.deepEqual(
    fast.seen.filter(({ is }) => is === 'gap'),
    [],
  )
  const [last] = await topic.gets(1)
  await until('the slow one goes on', async () => late.orders().includes(last ?? ''))
  const gap = late.seen.find(item => item.is === 'gap')
  const [from, to] = [offsetsIn(gap?.from ?? '') ?? new Map(), offsetsIn(gap?.id ?? '')]
  const missed = aReader(t, feed, { from: { offsets: from }, follow: false })
  await missed.reading
  const whole = new Set([...late.orders(), ...missed.orders()])
  t.deepEqual([...whole].sort(), [...seen, last].sort())
  t.is(
    [...(to?.values() ?? [])].flat().reduce((sum, next) => sum + next, 0),
    41,
  )
})

test('whoever reads before Kafka is there is told, and sees what happens once it is', async t => {
  slow(t, 6, 'a first connection is tried for four seconds')
  const topic = await aTopic(t)
  const port = await closedPort()
  const reader = aReader(t, aFeed(topic.topic, undefined, `127.0.0.1:${port}`))
  await reader.is('trouble')
  const [host = '', kafkaPort] = broker.split(':')
  const proxy = await startProxy({ host, port: Number(kafkaPort) }, port)
  t.teardown(() => proxy.close())
  await reader.is('recovered')
  const orders = await topic.gets(5)
  await until('all are read', async () => reader.orders().length >= 5)
  t.deepEqual(reader.orders().toSorted(), orders)
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
