import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Admin } from 'kafkajs'
import { addresses } from '@docket/addresses/addresses.ts'
import { anEvent, idOf, orderCancelled } from '@docket/test/support/events.ts'
import { connectedProducer, ownTopics, transactions } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'
import { kafkaClient } from './client.ts'
import { batchConsumer, type ConsumerOptions } from './consumer.ts'
import type { DocketEvent, EventOf } from '@docket/contract/event.ts'
import { PoisonEvents } from './poison-events.ts'
import { recordProducer } from './producer.ts'
import { toRecord, type OutgoingRecord } from './record-codec.ts'
import { deadLetterTopic } from './topics.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'consumer-test' })
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

async function aTopic(t: ExecutionContext, deadLetterBytes?: number) {
  const topic = `test-${randomUUID()}`
  const admin = await ownTopics(
    t,
    kafka,
    { topic, numPartitions: 3 },
    {
      topic: deadLetterTopic(topic),
      ...(deadLetterBytes && { configEntries: [{ name: 'max.message.bytes', value: String(deadLetterBytes) }] }),
    },
  )
  const producer = await connectedProducer(t, kafka)
  return {
    topic,
    producer,
    admin,
    async gets(...events: DocketEvent[]) {
      const { failure } = await producer.send(events.map(event => recordOf(topic, event)))
      t.is(failure, undefined)
    },
    async getsRaw(record: Omit<OutgoingRecord, 'topic'>) {
      await producer.send([{ ...record, topic }])
    },
    async getsMany(records: readonly Omit<OutgoingRecord, 'topic'>[]) {
      const { failure } = await producer.send(records.map(record => ({ ...record, topic })))
      t.is(failure, undefined)
    },
    committed: async () => {
      const [found] = await admin.fetchOffsets({ groupId: `group-of-${topic}`, topics: [topic] })
      return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    },
    records: () => recordsIn(admin, topic),
    deadLetters: () => recordsIn(admin, deadLetterTopic(topic)),
  }
}

const recordsIn = async (admin: Admin, topic: string) =>
  (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)

const recordOf = (topic: string, { data, ...event }: DocketEvent) =>
  toRecord(topic, { ...event, payload: JSON.stringify(data) })

type Given = Awaited<ReturnType<typeof aTopic>>

async function aConsumer(
  t: ExecutionContext,
  { topic, producer }: Given,
  more: Partial<ConsumerOptions> = {},
  starts = true,
) {
  const handled: DocketEvent[] = []
  const batches: number[] = []
  const consumer = batchConsumer({
    kafka,
    producer: producer,
    topics: [topic],
    group: `group-of-${topic}`,
    consumes: ['order.completed', 'order.cancelled'],
    ownsDeadLettersOf: [topic],
    batchSize: 1_000,
    log: silent,
    handle: async events => {
      batches.push(events.length)
      handled.push(...events)
    },
    isTransient: () => false,
    onCrash: error => t.fail(error.message),
    ...more,
  })
  if (starts) await consumer.start()
  t.teardown(() => consumer.stop())
  return {
    consumer,
    handled,
    batches,
    untilHandled: (n: number) => until(`${n} events`, async () => handled.length >= n),
  }
}

/** A producer whose letters Kafka does not acknowledge the first `times`, or until they are accepted. */
function refusing({ producer }: Given, times = Infinity, letters = (_record: OutgoingRecord) => true) {
  let isRefusing = true
  let refused = 0
  return {
    producer: {
      ...producer,
      async send(records) {
        if (!isRefusing || refused === times || !records.every(letters)) return producer.send(records)
        refused++
        return { acknowledged: [], tooLarge: [], unavailable: [], failure: new Error('the partition has no leader') }
      },
    } satisfies ConsumerOptions['producer'],
    accept: () => void (isRefusing = false),
    refused: () => refused,
  }
}

/** A handler's promise that a test lets go. */
function gate(t: ExecutionContext) {
  let open: () => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  t.teardown(() => open()) // a handler that is held forever would keep the consumer from stopping
  return { opened, open }
}

const completed = (order: string, sequence = 1): EventOf<'order.completed'> =>
  anEvent('order.completed', idOf(order), { orderId: idOf(order) }, sequence)

test('one that is stopped while it starts does not join its group', async t => {
  const given = await aTopic(t)
  const { consumer } = await aConsumer(t, given, {}, false)
  const starting = consumer.start()
  await consumer.stop()
  await starting
  const { groups } = await given.admin.describeGroups([`group-of-${given.topic}`])
  t.deepEqual(groups[0]?.members, [])
})

test('every event is handled, and those of one key in their order', async t => {
  const given = await aTopic(t)
  const orders = Array.from({ length: 20 }, (_, n) => `order ${n}`)
  for (const sequence of [1, 2, 3]) await given.gets(...orders.map(order => completed(order, sequence)))
  const { handled, untilHandled } = await aConsumer(t, given)
  await untilHandled(60)
  for (const order of orders)
    t.deepEqual(
      handled.filter(event => event.key === idOf(order)).map(event => event.sequence),
      [1, 2, 3],
    )
})

test('what waits in several partitions is handled in few batches', async t => {
  const given = await aTopic(t)
  await given.gets(...Array.from({ length: 300 }, (_, n) => completed(`order ${n}`)))
  const { batches, untilHandled } = await aConsumer(t, given)
  await untilHandled(300)
  t.true(batches.length <= 3, `${batches.length} batches`)
})

test('an event that can wait is handled with the next one that cannot', async t => {
  const given = await aTopic(t)
  const batches: string[] = []
  await given.gets(completed('A'))
  await aConsumer(t, given, {
    canWait: ['order.cancelled'],
    handle: async events => void batches.push(events.map(({ type }) => type).join()),
  })
  await until('it reads', async () => batches.length === 1)
  await until('both are handled together', async () => {
    const before = batches.length
    await given.gets(orderCancelled('B'))
    await given.gets(completed('A'))
    await until('both are handled', async () => batches.slice(before).join().includes('completed'))
    return batches.at(-1) === 'order.cancelled,order.completed' // unless the machine was slow in between
  })
  t.pass()
})

test('an event that can wait is handled all the same when no other comes', async t => {
  const given = await aTopic(t)
  const { untilHandled } = await aConsumer(t, given, { canWait: ['order.cancelled'] })
  await given.gets(orderCancelled('A'))
  await untilHandled(1)
  await until('its offset is committed', async () => Math.max(...(await given.committed()).values()) === 1)
  t.pass()
})

test('an event that waits when its consumer stops is handled by the next one, in its order', async t => {
  const given = await aTopic(t)
  let tries = 0
  const first = await aConsumer(t, given, {
    canWait: ['order.cancelled'],
    isTransient: () => true,
    async handle() {
      tries++
      throw new Error('the database is unavailable')
    },
  })
  await given.gets(orderCancelled('A'))
  await until('it is tried', async () => tries > 0)
  await given.gets(completed('A', 2))
  await first.consumer.stop()
  const { handled, untilHandled } = await aConsumer(t, given, { canWait: ['order.cancelled'] })
  await untilHandled(2)
  t.deepEqual(
    handled.map(({ type }) => type),
    ['order.cancelled', 'order.completed'],
  )
})

test('of an event that can wait and one behind it in its partition, the poisonous one is dead-lettered once', async t => {
  const given = await aTopic(t)
  const { handled } = await aConsumer(t, given, {
    canWait: ['order.cancelled'],
    async handle(events) {
      const bad = events.filter(({ type }) => type === 'order.cancelled')
      if (bad.length > 0) throw new PoisonEvents(bad.map(event => [event, 'no such order']))
      handled.push(...events)
    },
  })
  await given.gets(orderCancelled('A'))
  await given.gets(completed('A', 2))
  await until('the other is handled', async () => handled.length === 1)
  await until('both are committed', async () => Math.max(...(await given.committed()).values()) === 2)
  t.is(await given.deadLetters(), 1)
})

test('the dead letter of an event that waited holds up those behind it in its partition, until it is published', async t => {
  const given = await aTopic(t)
  const { producer, accept } = refusing(given)
  const { opened, open } = gate(t)
  let tries = 0
  const { consumer } = await aConsumer(t, given, {
    producer,
    canWait: ['order.cancelled'],
    async handle(events) {
      tries++
      await opened
      const bad = events.filter(({ type }) => type === 'order.cancelled')
      if (bad.length > 0) throw new PoisonEvents(bad.map(event => [event, 'no such order']))
    },
  })
  await given.gets(orderCancelled('A'))
  await until('it is being handled', async () => tries === 1)
  await given.gets(...[2, 3, 4, 5, 6].map(sequence => completed('A', sequence)))
  await until('those behind it have come', async () => consumer.lag()[0]?.records === 5)
  open()
  await until('it says so', async () => /cannot be published/.test(consumer.trouble() ?? ''))
  t.is(Math.max(...(await given.committed()).values()), -1, 'what is not published is not committed')
  accept()
  await until('the dead letter', async () => (await given.deadLetters()) === 1, 15_000)
  await until('all is committed', async () => Math.max(...(await given.committed()).values()) === 6)
})

test('no batch is larger than the consumer wants', async t => {
  const given = await aTopic(t)
  await given.gets(...Array.from({ length: 100 }, (_, n) => completed(`order ${n}`)))
  const { batches, untilHandled } = await aConsumer(t, given, { batchSize: 7 })
  await untilHandled(100)
  t.true(Math.max(...batches) <= 7)
})

test('a poisonous event goes to the dead letters with its reason, and the others go on', async t => {
  const given = await aTopic(t)
  const handled: string[] = []
  await given.gets(completed('A'), completed('poison'), completed('B'))
  await aConsumer(t, given, {
    async handle(events) {
      const bad = events.find(event => event.key === idOf('poison'))
      if (bad) throw new Error('cannot be saved')
      handled.push(...events.map(event => event.key))
    },
  })
  await until('both others', async () => handled.includes(idOf('A')) && handled.includes(idOf('B')))
  await until('the dead letter', async () => (await given.deadLetters()) === 1)
})

test('records that are broken in every way go to the dead letters, and stop nothing', async t => {
  const given = await aTopic(t)
  const good = recordOf(given.topic, completed('A'))
  await given.getsRaw({ ...good, value: 'not json' })
  await given.getsRaw({ ...good, value: null })
  await given.getsRaw({ ...good, key: null })
  await given.getsRaw({ ...good, headers: {} })
  await given.getsRaw({ ...good, headers: { ...good.headers, ce_type: 'exploded' } })
  await given.getsRaw({ ...good, value: JSON.stringify({ orderId: 7 }) })
  await given.getsRaw({ ...good, value: Buffer.alloc(900_000, 'x') })
  await given.gets(completed('B'))
  const { untilHandled } = await aConsumer(t, given)
  await untilHandled(1)
  await until('the dead letters', async () => (await given.deadLetters()) === 7)
})

test('a dead letter says why, whence and when, and keeps the event as it was', async t => {
  const given = await aTopic(t)
  const event = completed('A')
  await given.gets(event)
  await aConsumer(t, given, {
    handle: async events => {
      throw new PoisonEvents([[events[0]!, 'there is no such order']])
    },
  })
  await until('the dead letter', async () => (await given.deadLetters()) === 1)
  const letters: { headers: Record<string, string>; value: string }[] = []
  const reader = kafka.consumer({ groupId: `reader-of-${given.topic}` })
  await reader.connect()
  t.teardown(() => reader.disconnect())
  await reader.subscribe({ topic: deadLetterTopic(given.topic), fromBeginning: true })
  await reader.run({
    eachMessage: async ({ message }) => {
      const headers = Object.fromEntries(
        Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
      )
      letters.push({ headers, value: String(message.value) })
    },
  })
  const [letter] = await until('the letter', async () => letters.length > 0 && letters)
  t.deepEqual(JSON.parse(letter!.value), event.data)
  t.like(letter!.headers, {
    ce_id: event.id,
    dlq_reason: 'cannot_be_handled',
    dlq_error: 'there is no such order',
    dlq_topic: given.topic,
    dlq_offset: '0',
    dlq_group: `group-of-${given.topic}`,
  })
  t.false(Number.isNaN(Date.parse(letter!.headers.dlq_time ?? '')))
})

test('a transient failure delays the batch, and loses nothing', async t => {
  const given = await aTopic(t)
  let failures = 4
  const handled: string[] = []
  await given.gets(completed('A'))
  await aConsumer(t, given, {
    isTransient: () => true,
    async handle(events) {
      if (failures-- > 0) throw new Error('the database is unavailable')
      handled.push(...events.map(event => event.key))
    },
  })
  await until('the event', async () => handled.length === 1)
  t.is(await given.deadLetters(), 0)
})

test('the successor of a stopped consumer continues at its offsets', async t => {
  const given = await aTopic(t)
  await given.gets(completed('A'), completed('B'))
  const first = await aConsumer(t, given)
  await first.untilHandled(2)
  await first.consumer.stop()
  await given.gets(orderCancelled('C'))
  const second = await aConsumer(t, given)
  await second.untilHandled(1)
  t.deepEqual(
    second.handled.map(event => event.type),
    ['order.cancelled'],
  )
})

test('a consumer whose topics are missing waits, and says for what', async t => {
  const consumer = batchConsumer({
    kafka,
    producer: recordProducer(kafka),
    topics: ['no-such-topic'],
    group: `g-${randomUUID()}`,
    consumes: [],
    ownsDeadLettersOf: [],
    batchSize: 1,
    log: silent,
    handle: async () => undefined,
    isTransient: () => false,
    onCrash: () => undefined,
  })
  const started = consumer.start()
  t.regex(
    await until('the trouble', async () => consumer.trouble()?.includes('missing') && consumer.trouble()),
    /no-such-topic/,
  )
  await consumer.stop()
  await started
})

test('what a consumer had in its hands when it stopped comes to the next one', async t => {
  const given = await aTopic(t)
  await given.gets(completed('A'))
  let tries = 0
  const first = await aConsumer(t, given, {
    isTransient: () => true,
    handle: async () => {
      tries++
      throw new Error('the database is unavailable')
    },
  })
  await until('it has tried', async () => tries > 1)
  await first.consumer.stop()
  const { handled } = await aConsumer(t, given)
  await until('the next one has it', async () => handled.length === 1, 15_000)
  t.is(handled[0]?.key, idOf('A'))
})

test('a dead letter that Kafka does not acknowledge is sent again until it does', async t => {
  const given = await aTopic(t)
  const { producer, refused } = refusing(given, 2)
  await given.gets(completed('A'))
  await aConsumer(t, given, {
    producer,
    handle: async events => {
      throw new PoisonEvents([[events[0]!, 'there is no such order']])
    },
  })
  await until('the dead letter', async () => (await given.deadLetters()) === 1, 15_000)
  t.is(refused(), 2)
})

test('what waits behind a handler that is held is the lag; when it is handled, nothing waits', async t => {
  const given = await aTopic(t)
  await given.gets(...Array.from({ length: 30 }, (_, n) => completed(`order ${n}`)))
  const { opened, open } = gate(t)
  const { consumer } = await aConsumer(t, given, { handle: () => opened })
  t.like(consumer.lag(), [{ topic: given.topic }])
  const inTopic = await given.records() // at least 30: a repeated request leaves duplicates
  t.true(inTopic >= 30)
  await until('all of it waits', async () => consumer.lag()[0]?.records === inTopic)
  open()
  await until('nothing waits', async () => consumer.lag()[0]?.records === 0)
})

test('of what a service writes in transactions, neither a marker nor what it aborted waits for ever', async t => {
  const given = await aTopic(t)
  const { consumer, handled, untilHandled } = await aConsumer(t, given)
  const write = await transactions(t, kafka, given.topic)
  const transact = async (event: DocketEvent, end: 'commit' | 'abort') => {
    const { key, value, headers } = recordOf(given.topic, event)
    await write({ key, value, ...(headers && { headers }) }, end)
  }
  await transact(completed('A'), 'commit')
  await untilHandled(1)
  await until('its marker is committed too', async () => Math.max(...(await given.committed()).values()) === 2)
  await transact(completed('A', 2), 'abort')
  await until('so is what was aborted', async () => Math.max(...(await given.committed()).values()) === 4)
  t.is(handled.length, 1)
  t.is(consumer.lag()[0]?.records, 0)
})

test('what waits behind an event is no lag any more once its transaction is aborted', async t => {
  const given = await aTopic(t)
  await given.gets(completed('A'))
  const write = await transactions(t, kafka, given.topic)
  const { key, value, headers } = recordOf(given.topic, completed('A', 2))
  const { consumer } = await aConsumer(t, given, {}, false)
  await write({ key, value, ...(headers && { headers }) }, 'abort', async () => {
    await consumer.start()
    await until('it waits', async () => consumer.lag()[0]?.records === 1)
    await until('the event is committed', async () => Math.max(...(await given.committed()).values()) === 1)
    t.is(consumer.lag()[0]?.records, 1)
  })
  await until('nothing waits', async () => consumer.lag()[0]?.records === 0)
})

test('a slow topic is read about twice a second, and nothing of it is lost', async t => {
  const given = await aTopic(t)
  const { batches, untilHandled } = await aConsumer(t, given, { slowTopics: [given.topic] })
  const fromMs = performance.now()
  for (let n = 1; n <= 20; n++) await given.gets(completed('A', n))
  const rests = (performance.now() - fromMs) / 500
  await untilHandled(20)
  t.true(batches.length <= 3 + rests, `${batches.length} batches in ${rests} rests`)
})

test('dead letters that cannot be published hold up their own partition only, and the consumer says so', async t => {
  const given = await aTopic(t)
  const { producer, accept } = refusing(given)
  const orders = Array.from({ length: 30 }, (_, n) => `order ${n}`)
  const { consumer, untilHandled, handled } = await aConsumer(t, given, { producer })
  await given.getsRaw({ ...recordOf(given.topic, completed('A')), value: 'not json' })
  await until('it says so', async () =>
    /^dead letters of .* cannot be published: .* no leader/.test(consumer.trouble() ?? ''),
  )
  await given.gets(...orders.map(order => completed(order)))
  const partition = Number(/\/(\d)/.exec(consumer.trouble() ?? '')?.[1])
  const isElsewhere = async () => {
    const committed = await given.committed()
    return [0, 1, 2].filter(one => one !== partition).every(one => (committed.get(one) ?? -1) > 0) && committed
  }
  const committed = await until('the others go on, and commit', isElsewhere, 15_000)
  t.is(committed.get(partition), -1, 'what is not published is not committed')
  accept()
  await untilHandled(30)
  await until('the dead letter', async () => (await given.deadLetters()) === 1, 15_000)
  await until('all is well', async () => consumer.trouble() === undefined)
  t.is(new Set(handled.map(({ key }) => key)).size, 30)
  await until('everything is committed', async () => {
    const all = [...(await given.committed()).values()]
    return all.reduce((sum, offset) => sum + offset, 0) === 31
  })
})

test('a record that does not fit into the dead-letter topic is dead-lettered by reference, and stops nothing', async t => {
  const given = await aTopic(t, 2_000)
  const good = recordOf(given.topic, completed('A'))
  await given.getsRaw({ ...good, value: 'x'.repeat(5_000), headers: { ...good.headers, huge: 'x'.repeat(5_000) } })
  await given.gets(completed('A'))
  const { untilHandled } = await aConsumer(t, given)
  await untilHandled(1)
  await until('the dead letter', async () => (await given.deadLetters()) === 1, 15_000)
})

test('a dead letter by reference that is not acknowledged is sent again, and its record not committed before', async t => {
  const given = await aTopic(t, 2_000)
  const { producer, accept } = refusing(given, Infinity, ({ headers }) => headers?.dlq_value === 'by-reference')
  await given.getsRaw({ ...recordOf(given.topic, completed('A')), value: 'x'.repeat(5_000) })
  const { consumer } = await aConsumer(t, given, { producer })
  await until('it says so', async () => /cannot be published/.test(consumer.trouble() ?? ''))
  t.is(Math.max(...(await given.committed()).values()), -1)
  accept()
  await until('the dead letter', async () => (await given.deadLetters()) === 1, 15_000)
  await until('it is committed', async () => Math.max(...(await given.committed()).values()) === 1)
})

test('a partition that waits for its dead letters, and comes back from another member, goes on', async t => {
  const given = await aTopic(t)
  const { producer, accept } = refusing(given)
  const { consumer, untilHandled } = await aConsumer(t, given, { producer })
  await given.getsRaw({ ...recordOf(given.topic, completed('A')), value: 'not json' })
  await until('it is held', async () => /cannot be published/.test(consumer.trouble() ?? ''))
  const other = await aConsumer(t, given, { producer })
  await other.consumer.stop()
  accept()
  await given.gets(completed('A', 2))
  await untilHandled(1)
  await until('the dead letter', async () => (await given.deadLetters()) >= 1, 15_000)
  t.is(consumer.trouble(), undefined)
})

test('thousands of broken records become dead letters in batches that their topic accepts', async t => {
  const given = await aTopic(t)
  const good = recordOf(given.topic, completed('A'))
  await given.getsMany(Array.from({ length: 3_000 }, () => ({ ...good, value: 'x'.repeat(500) })))
  await given.gets(completed('A'))
  const { untilHandled } = await aConsumer(t, given)
  await untilHandled(1)
  await until('the dead letters', async () => (await given.deadLetters()) === 3_000, 30_000)
})

test('many poisonous events that a handler names cost one more transaction of their batch, not one each', async t => {
  const given = await aTopic(t)
  let transactions = 0
  const handled = new Set<string>()
  await given.gets(...Array.from({ length: 1_000 }, (_, n) => completed(`${n % 2 ? 'good' : 'bad'} ${n}`)))
  const bad = new Set(
    Array.from({ length: 1_000 }, (_, n) => idOf(`${n % 2 ? 'good' : 'bad'} ${n}`)).filter((_, n) => n % 2 === 0),
  )
  await aConsumer(t, given, {
    async handle(events) {
      transactions++
      const poison = events.filter(({ key }) => bad.has(key))
      if (poison.length > 0) throw new PoisonEvents(poison.map(event => [event, 'there is no such order']))
      for (const { key } of events) handled.add(key)
    },
  })
  await until('the dead letters', async () => (await given.deadLetters()) === 500, 30_000)
  await until('the others', async () => handled.size === 500)
  t.true(transactions <= 20, `${transactions} transactions`)
})
