import test from 'ava'
import type { Kafka, Message } from 'kafkajs'
import { recordProducer } from './producer.ts'
import type { OutgoingRecord } from './record-codec.ts'

const partitions = 6

interface Request {
  acks: number | undefined
  messages: (Message & { topic: string })[]
}

/** kafkajs rejects with MESSAGE_TOO_LARGE for a whole request, without naming the partition. */
const tooLarge = () => Object.assign(new Error('The request included a message larger than the max'), { code: 10 })

interface Limits {
  isSilent?: (partition: number | undefined) => boolean
  maxBatch?: number
  isLearnable?: (topic: string) => boolean
  hangs?: () => boolean
}

function aKafka({
  isSilent = () => false,
  maxBatch = Infinity,
  isLearnable = () => true,
  hangs = () => false,
}: Limits = {}) {
  const requests: Request[] = []
  const options: { metadataMaxAge: number }[] = []
  const reply = async (acks: number | undefined, messages: Request['messages']) => {
    const batches = [...Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`).values()]
    if (batches.some(batch => batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) > maxBatch))
      throw tooLarge()
    requests.push({ acks, messages })
    return [...Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`).values()]
      .filter(([one]) => !isSilent(one?.partition))
      .map(([one]) => ({ topicName: one?.topic, partition: one?.partition, errorCode: 0 }))
  }
  const of = (topic: string, messages: Message[]) => messages.map(message => ({ ...message, topic }))
  const nothing = async () => undefined
  const kafka = {
    producer: (given: { metadataMaxAge: number }) => ({
      connect: async () => void options.push(given),
      disconnect: nothing,
      send: ({ topic, acks, messages }: { topic: string; acks?: number; messages: Message[] }) =>
        reply(acks, of(topic, messages)),
      sendBatch: ({
        acks,
        topicMessages,
      }: {
        acks?: number
        topicMessages: { topic: string; messages: Message[] }[]
      }) =>
        reply(
          acks,
          topicMessages.flatMap(({ topic, messages }) => of(topic, messages)),
        ),
    }),
    admin: () => ({
      connect: nothing,
      disconnect: nothing,
      fetchTopicMetadata: async ({ topics }: { topics: string[] }) => {
        if (hangs()) await new Promise(() => undefined)
        if (!topics.every(isLearnable)) throw new Error('there is no leader for this topic-partition')
        return { topics: topics.map(name => ({ name, partitions: Array.from({ length: partitions }) })) }
      },
    }),
  }
  // the producer uses no more of Kafka's interface
  return { producer: recordProducer(kafka as unknown as Kafka), requests, options }
}

const record = (key: string, value = 'x'): OutgoingRecord => ({ topic: 'order-events', key, value, headers: {} })
const many = Array.from({ length: 60 }, (_, n) => record(`key ${n % 20}`, String(n)))

const everything = many.map((_, position) => position)

test('one request carries all records, as long as all goes well', async t => {
  const { producer, requests } = aKafka()
  const { acknowledged, failure } = await producer.send(many)
  t.is(failure, undefined)
  t.deepEqual(
    acknowledged.sort((a, b) => a - b),
    everything,
  )
  t.is(requests.length, 1)
})

test('after a failure each partition has a request of its own, until all goes well again', async t => {
  let isUnavailable = true
  const { producer, requests } = aKafka({ isSilent: partition => isUnavailable && partition === 2 })
  await producer.send(many)
  isUnavailable = false
  const { acknowledged } = await producer.send(many)
  t.deepEqual(
    acknowledged.sort((a, b) => a - b),
    everything,
  )
  t.is(requests.length, 1 + partitions)
  for (const { messages } of requests.slice(1)) t.is(new Set(messages.map(message => message.partition)).size, 1)
  await producer.send(many)
  t.is(requests.length, 1 + partitions + 1)
})

test('a failure is known at the next send, also if others of the topic were sent in several requests', async t => {
  let isUnavailable = true
  const { producer, requests } = aKafka({ isSilent: partition => isUnavailable && partition === 2 })
  const large = [1, 2].map(() => record('key 0', bytes(400_000)))
  await producer.send([...many, ...large])
  isUnavailable = false
  requests.length = 0
  await producer.send(many)
  t.is(requests.length, partitions)
})

test('a partition without a leader keeps no other back, even if Kafka does not say how many there are', async t => {
  let isLearnable = true
  const { producer, requests } = aKafka({ isSilent: partition => partition === 2, isLearnable: () => isLearnable })
  const first = await producer.send(many)
  isLearnable = false
  const { acknowledged, failure, unavailable } = await producer.send(many)
  t.regex(failure?.message ?? '', /no acknowledgement came/)
  t.deepEqual(unavailable, ['order-events/2'])
  t.deepEqual(
    acknowledged.toSorted((a, b) => a - b),
    first.acknowledged.toSorted((a, b) => a - b),
  )
  t.is(requests.length, 1 + partitions)
  const never = await producer.send([{ ...record('a'), topic: 'another' }])
  t.deepEqual(never.unavailable, ['another'])
  t.regex(never.failure?.message ?? '', /partitions of another are not known: .* no leader/)
})

test('a topic of which Kafka says nothing keeps the records of no other', async t => {
  const { producer } = aKafka({ isLearnable: topic => topic === 'order-events' })
  const { acknowledged, failure, unavailable } = await producer.send([
    { ...record('a'), topic: 'another' },
    record('a'),
  ])
  t.deepEqual(acknowledged, [1])
  t.deepEqual(unavailable, ['another'])
  t.regex(failure?.message ?? '', /another/)
})

test('while Kafka does not say what partitions a topic has, those that were known hold', async t => {
  let isSick = false
  const { producer } = aKafka({ isSilent: partition => isSick && partition === 2, hangs: () => isSick })
  await producer.send(many)
  isSick = true
  for (let times = 0; times < 2; times++) {
    const { acknowledged, unavailable } = await producer.send(many)
    t.true(acknowledged.length > 0)
    t.deepEqual(unavailable, times === 0 ? [] : ['order-events/2'])
  }
  const { acknowledged, unavailable } = await producer.send([{ ...record('a'), topic: 'another' }, ...many])
  t.true(acknowledged.length > 0)
  t.deepEqual(unavailable, ['another', 'order-events/2'])
})

test('a partition that has failed is tried alone, however well the others do meanwhile', async t => {
  let isUnavailable = true
  const { producer, requests } = aKafka({ isSilent: partition => isUnavailable && partition === 2 })
  const isThere = ({ key }: OutgoingRecord) => producer.partitionOf('order-events', key ?? '') !== 'order-events/2'
  for (let times = 0; times < 2; times++) await producer.send(many)
  t.is((await producer.send(many.filter(isThere))).failure, undefined)
  t.is((await producer.send(many.filter(isThere))).failure, undefined)
  const before = requests.length
  const { failure } = await producer.send(many)
  t.truthy(failure)
  t.is(requests.length, before + 2, 'one for the others')
  isUnavailable = false
  await producer.send(many)
  const all = requests.length
  await producer.send(many)
  t.is(requests.length, all + 1)
})

test('partitions that were added to a topic are known to kafkajs seconds later, so that their records are sent', async t => {
  const { producer, options } = aKafka()
  await producer.connect()
  t.true(options.every(({ metadataMaxAge }) => metadataMaxAge <= 10_000))
})

test('sending no records makes no request', async t => {
  const { producer, requests } = aKafka()
  t.deepEqual(await producer.send([]), { acknowledged: [], tooLarge: [], unavailable: [] })
  t.is(requests.length, 0)
})

test('all replicas that are in sync must have a record', async t => {
  const { producer, requests } = aKafka()
  await producer.send(many)
  for (const { acks } of requests) t.is(acks, -1)
})

test('what no broker acknowledged is not reported as acknowledged', async t => {
  const { producer, requests } = aKafka({ isSilent: partition => partition === 2 })
  const { acknowledged, failure, unavailable } = await producer.send(many)
  t.regex(failure?.message ?? '', /no acknowledgement came/)
  t.deepEqual(unavailable, [], 'it shared a request with others')
  const lost = requests.flatMap(({ messages }) =>
    messages.filter(message => message.partition === 2).map(message => Number(message.value)),
  )
  t.true(lost.length > 0)
  t.deepEqual(
    [...acknowledged, ...lost].sort((a, b) => a - b),
    many.map((_, position) => position),
  )
})

test("the records of one key go to one partition, in their order, and the partition is the one that Java's clients choose", async t => {
  const { producer, requests } = aKafka()
  await producer.send(many)
  await producer.send([record('foobar'), record('a-little-bit-long-string')])
  const messages = requests.flatMap(request => request.messages)
  for (const some of Map.groupBy(
    messages.filter(message => message.value !== 'x'),
    message => message.key,
  ).values()) {
    t.is(new Set(some.map(message => message.partition)).size, 1)
    t.deepEqual(
      some.map(message => Number(message.value)),
      some.map(message => Number(message.value)).sort((a, b) => a - b),
    )
  }
  t.is(messages.find(message => message.key === 'foobar')?.partition, 1_357_151_166 % partitions)
  t.is(messages.find(message => message.key === 'a-little-bit-long-string')?.partition, 1_161_502_112 % partitions)
})

const bytes = (length: number) => 'x'.repeat(length)
const sentOf = (requests: Request[]) => requests.flatMap(({ messages }) => messages.map(({ value }) => value))

test('a backlog is sent in batches that a topic accepts, however long it is', async t => {
  const { producer, requests } = aKafka({ maxBatch: 1_000_000 })
  const backlog = Array.from({ length: 900 }, (_, n) => record(`key ${n}`, bytes(7_000)))
  const { acknowledged, tooLarge: refused, failure } = await producer.send(backlog)
  t.is(failure, undefined)
  t.deepEqual(refused, [])
  t.is(acknowledged.length, backlog.length)
  t.is(sentOf(requests).length, backlog.length, 'each once')
})

test('a topic that accepts less than is usual gets smaller batches, and the order of a key is kept', async t => {
  const { producer, requests } = aKafka({ maxBatch: 10_000 })
  const values = Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(3_000))
  const { acknowledged, failure } = await producer.send(values.map(value => record('one key', value)))
  t.is(failure, undefined)
  t.is(acknowledged.length, 100)
  t.deepEqual(sentOf(requests), values)
})

test('a record that no batch is small enough for is named; what is behind it with its key waits, the others go', async t => {
  const { producer, requests } = aKafka({ maxBatch: 10_000 })
  const records = [
    record('a', 'a1'),
    record('a', bytes(20_000)),
    record('a', 'a3'),
    ...Array.from({ length: 50 }, (_, n) => record(`key ${n}`, `b${n}`)),
  ]
  const { acknowledged, tooLarge: refused, failure } = await producer.send(records)
  t.is(failure, undefined)
  t.deepEqual(refused, [1])
  t.deepEqual(
    acknowledged.toSorted((a, b) => a - b),
    [0, ...records.keys()].filter((position, at) => at === 0 || position > 2),
  )
  t.false(sentOf(requests).includes('a3'), 'it would overtake the one before it')
})

test('after a record that was too large all partitions share a request again', async t => {
  const { producer, requests } = aKafka({ maxBatch: 10_000 })
  await producer.send([record('a', bytes(20_000)), ...many])
  requests.length = 0
  await producer.send(many)
  t.is(requests.length, 1)
})
