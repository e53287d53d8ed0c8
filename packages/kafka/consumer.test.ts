import test, { type ExecutionContext } from 'ava'
import type { EachBatchPayload, Kafka } from 'kafkajs'
import type { DocketEvent } from '@docket/contract/event.ts'
import { anEvent, idOf } from '@docket/test/support/events.ts'
import { until } from '@docket/test/support/until.ts'
import { batchConsumer } from './consumer.ts'
import { toRecord } from './record-codec.ts'

const topic = 'order-events'

function messageOf(order: string, offset: string) {
  const { data, ...event } = anEvent('order.completed', idOf(order), { orderId: idOf(order) })
  const { key, value, headers = {} } = toRecord(topic, { ...event, payload: JSON.stringify(data) })
  const encoded = Object.entries(headers).map(([name, text]) => [name, Buffer.from(String(text))])
  const [keyBytes, valueBytes] = [key, value].map(one => Buffer.from(one ?? ''))
  return { offset, timestamp: '0', key: keyBytes, value: valueBytes, headers: Object.fromEntries(encoded) }
}

/** A member of the group as kafkajs makes one: it leaves once all that it was handed is done with. */
function aMember() {
  const listeners = new Map<string, (event: object) => void>()
  const resolved: string[] = []
  const underWay = new Set<Promise<void>>()
  let eachBatch: (payload: EachBatchPayload) => Promise<void> = async () => undefined
  const member = {
    resolved,
    committed: [] as object[],
    isIdle: () => underWay.size === 0,
    joins: () => listeners.get('GROUP_JOIN')?.({ payload: { memberAssignment: {} } }),
    crashes: () => listeners.get('CRASH')?.({ payload: { error: new Error('no member any more') } }),
    polls(partition: number, order: string) {
      const message = messageOf(order, '0')
      const batch = { topic, partition, messages: [message], highWatermark: '1', lastOffset: () => '0' }
      const resolveOffset = (offset: string) => void resolved.push(`${partition}/${offset}`)
      const payload = {
        batch,
        resolveOffset,
        isRunning: () => true,
        isStale: () => false,
        heartbeat: async () => undefined,
      }
      const handling: Promise<void> = eachBatch(payload as unknown as EachBatchPayload).finally(() =>
        underWay.delete(handling),
      )
      underWay.add(handling)
    },
  }
  const names = ['HEARTBEAT', 'GROUP_JOIN', 'CRASH', 'REBALANCING', 'END_BATCH_PROCESS']
  const nothing = async () => undefined
  const consumer = {
    events: Object.fromEntries(names.map(name => [name, name])),
    on: (name: string, listener: (event: object) => void) => void listeners.set(name, listener),
    connect: nothing,
    subscribe: nothing,
    run: async (how: { eachBatch: typeof eachBatch }) => void ({ eachBatch } = how),
    commitOffsets: async (offsets: object[]) => void member.committed.push(...offsets),
    disconnect: () => Promise.allSettled(underWay),
  }
  return { member, consumer }
}

function aKafka() {
  const members: ReturnType<typeof aMember>['member'][] = []
  const nothing = async () => undefined
  const kafka = {
    admin: () => ({ connect: nothing, disconnect: nothing, listTopics: async () => [topic] }),
    consumer() {
      const { member, consumer } = aMember()
      members.push(member)
      return consumer
    },
  }
  // a consumer uses no more of Kafka's interface
  return { kafka: kafka as unknown as Kafka, members }
}

async function aConsumer(t: ExecutionContext, handle: (events: readonly DocketEvent[]) => Promise<void>) {
  const { kafka, members } = aKafka()
  const nothing = async () => undefined
  const consumer = batchConsumer({
    kafka,
    producer: {
      connect: nothing,
      disconnect: nothing,
      send: async () => ({ acknowledged: [], tooLarge: [], unavailable: [] }),
      partitionOf: () => undefined,
    },
    topics: [topic],
    group: 'a-group',
    consumes: ['order.completed'],
    ownsDeadLettersOf: [],
    batchSize: 1_000,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    handle,
    isTransient: () => true,
    onCrash: error => t.fail(error.message),
  })
  t.teardown(() => consumer.stop())
  await consumer.start()
  return { consumer, members }
}

test.serial('a member that is silent is noticed, though the clock of its machine was set back', async t => {
  const { consumer, members } = await aConsumer(t, async () => undefined)
  members[0]?.joins()
  t.is(consumer.trouble(), undefined)
  const [date, now] = [Date.now, performance.now.bind(performance)]
  Date.now = () => date() - 3_600_000
  performance.now = () => now() + 12_000
  const trouble = consumer.trouble()
  Object.assign(Date, { now: date })
  Reflect.deleteProperty(performance, 'now') // that of its prototype is back
  t.regex(trouble ?? '', /^no heartbeat from Kafka for 1\d s$/)
})

test('what a consumer that is replaced had in its hands ends, and its successor alone handles what comes again', async t => {
  const handled: string[] = []
  let tries = 0
  let isUnavailable = true
  const { consumer, members } = await aConsumer(t, async events => {
    tries++
    if (isUnavailable) throw new Error('the database is unavailable')
    handled.push(...events.map(({ key }) => key))
  })
  const [first] = members
  first?.polls(0, 'A')
  await until('one is tried', async () => tries > 1)
  first?.polls(1, 'B') // waits for its turn
  first?.crashes()
  await until('it has nothing in its hands', async () => first?.isIdle(), 15_000)
  isUnavailable = false
  const second = await until('it is replaced', async () => members[1])
  second.polls(0, 'A')
  await until('its successor has handled it', async () => second.isIdle())
  await consumer.stop()
  t.deepEqual(handled, [idOf('A')])
  t.deepEqual([first?.resolved, first?.committed], [[], []], 'nothing that was not handled')
  t.deepEqual([second.resolved, second.committed], [['0/0'], [{ topic, partition: 0, offset: '1' }]])
})
