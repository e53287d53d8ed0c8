import test from 'ava'
import type { Kafka, Message } from 'kafkajs'
import { recordProducer } from './producer.ts'
import type { OutgoingRecord } from './record-codec.ts'

const partitions = 6

interface Request {
  acks: number | undefined
  messages: (Message & { topic: string })[]
}

/** A Kafka that records its requests. It acknowledges all partitions but those for which `isSilent` is true. */
function aKafka(isSilent: (partition: number | undefined) => boolean = () => false) {
  const requests: Request[] = []
  const reply = async (acks: number | undefined, messages: Request['messages']) => {
    requests.push({ acks, messages })
    return [...Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`).values()]
      .filter(([one]) => !isSilent(one?.partition))
      .map(([one]) => ({ topicName: one?.topic, partition: one?.partition, errorCode: 0 }))
  }
  const of = (topic: string, messages: Message[]) => messages.map(message => ({ ...message, topic }))
  const nothing = async () => undefined
  const kafka = {
    producer: () => ({
      connect: nothing,
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
      fetchTopicMetadata: async ({ topics }: { topics: string[] }) => ({
        topics: topics.map(name => ({ name, partitions: Array.from({ length: partitions }) })),
      }),
    }),
  }
  // the producer uses no more of Kafka than this
  return { producer: recordProducer(kafka as unknown as Kafka), requests }
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
  const { producer, requests } = aKafka(partition => isUnavailable && partition === 2)
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

test('sending no records makes no request', async t => {
  const { producer, requests } = aKafka()
  t.deepEqual(await producer.send([]), { acknowledged: [] })
  t.is(requests.length, 0)
})

test('all replicas that are in sync must have a record', async t => {
  const { producer, requests } = aKafka()
  await producer.send(many)
  for (const { acks } of requests) t.is(acks, -1)
})

test('what no broker acknowledged is not reported as acknowledged', async t => {
  const { producer, requests } = aKafka(partition => partition === 2)
  const { acknowledged, failure } = await producer.send(many)
  t.regex(failure?.message ?? '', /no acknowledgement came/)
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
  // the hashes in the tests of Java's client, murmur2 & 0x7fffffff: 1357151166 and 1161502112
  t.is(messages.find(message => message.key === 'foobar')?.partition, 1_357_151_166 % partitions)
  t.is(messages.find(message => message.key === 'a-little-bit-long-string')?.partition, 1_161_502_112 % partitions)
})
