import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { Kafka, logLevel } from 'kafkajs'
import { addresses } from '@docket/addresses/addresses.ts'
import { startProxy } from '@docket/test/support/proxy.ts'
import { slow } from '@docket/test/support/slow.ts'
import { until } from '@docket/test/support/until.ts'
import { addTopics } from './admin.ts'
import { withAdmin } from './admin-session.ts'
import { kafkaClient } from './client.ts'
import { recordProducer } from './producer.ts'

async function behindAProxy(t: ExecutionContext, retries = 1) {
  const [host = '', port] = addresses().kafka.split(':')
  const proxy = await startProxy({ host, port: Number(port) })
  t.teardown(proxy.close)
  const kafka = new Kafka({
    brokers: [addresses().kafka],
    clientId: 'producer-test',
    requestTimeout: 300,
    retry: { initialRetryTime: 10, retries },
    logLevel: logLevel.NOTHING,
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port: proxy.port }, onConnect),
  })
  const topic = `producer-${randomUUID()}`
  await addTopics(kafka, [{ topic, numPartitions: 1, replicationFactor: 1 }])
  const producer = recordProducer(kafka)
  await producer.connect()
  t.teardown(() => producer.disconnect())
  const send = () => producer.send([{ topic, key: 'A', value: '1', headers: {} }])
  await until('a record is sent', async () => (await send()).acknowledged.length === 1)
  return { proxy, send }
}

test('after a connection has fallen silent, records are sent over a new one', async t => {
  const { proxy, send } = await behindAProxy(t)
  proxy.halfOpen()
  t.truthy((await send()).failure)
  proxy.heal()
  const isSent = () => send().then(({ acknowledged }) => acknowledged.length === 1)
  await until('a record is sent again', () => isSent().catch(() => false))
  t.pass()
})

test('a request that gets no answer ends its connection, so that it is tried again over another one', async t => {
  const { proxy, send } = await behindAProxy(t, 10)
  proxy.halfOpen()
  proxy.heal() // for new connections; what was open stays silent
  t.deepEqual((await send()).acknowledged, [0])
})

/** Kafka behind two brokers, of which the first can be made to hang: it accepts connections, and answers nothing. */
async function withAFirstBrokerThatHangs(t: ExecutionContext, requestTimeout: number) {
  const [host = '', port] = addresses().kafka.split(':')
  const proxy = await startProxy({ host, port: Number(port) })
  t.teardown(proxy.close)
  const topic = `producer-${randomUUID()}`
  const newTopic = { topic, numPartitions: 1, replicationFactor: 1 }
  await addTopics(kafkaClient({ brokers: [addresses().kafka], clientId: 'producer-test' }), [newTopic])
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${proxy.port}`, addresses().kafka],
    clientId: 'producer-test',
    connectionTimeout: 500,
    requestTimeout,
    retry: { initialRetryTime: 10, retries: 2 },
    logLevel: logLevel.NOTHING,
  })
  const producer = recordProducer(kafka)
  t.teardown(() => producer.disconnect())
  return { proxy, producer, send: () => producer.send([{ topic, key: 'A', value: '1', headers: {} }]) }
}

test('a broker that hangs keeps no client from the others, also if it stands first in the list', async t => {
  const { proxy, producer, send } = await withAFirstBrokerThatHangs(t, 20_000)
  proxy.halfOpen()
  await producer.connect()
  const { acknowledged, failure } = await send()
  t.deepEqual(acknowledged, [0], failure?.message)
})

test('a broker that hangs after a client has connected to it keeps that client from no other', async t => {
  const { proxy, producer, send } = await withAFirstBrokerThatHangs(t, 2_000)
  await producer.connect()
  proxy.halfOpen()
  const { acknowledged, failure } = await send()
  t.deepEqual(acknowledged, [0], failure?.message)
})

test('a topic that was deleted, as somebody empties its dead letters, keeps the records of no other', async t => {
  slow(t, 13, 'kafkajs asks for its topics every 10 s')
  const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'producer-test' })
  const [kept, deleted] = [`producer-${randomUUID()}`, `producer-${randomUUID()}`]
  await addTopics(
    kafka,
    [kept, deleted].map(topic => ({ topic, numPartitions: 1, replicationFactor: 1 })),
  )
  const producer = recordProducer(kafka)
  await producer.connect()
  t.teardown(() => producer.disconnect())
  const record = (topic: string) => ({ topic, key: 'A', value: '1', headers: {} })
  const isSent = async (...topics: string[]) => (await producer.send(topics.map(record))).failure === undefined
  await until('both take records', () => isSent(kept, deleted))
  await withAdmin(kafka, admin => admin.deleteTopics({ topics: [deleted] }))
  await until('it is gone', async () => !(await isSent(deleted)))
  const untilMs = performance.now() + 12_000 // by then, kafkajs has asked again for its topics
  await until('kafkajs has asked for its topics again', async () => {
    const { acknowledged } = await producer.send([record(deleted), record(kept)])
    t.deepEqual(acknowledged, [1])
    return performance.now() > untilMs
  })
  await addTopics(kafka, [{ topic: deleted, numPartitions: 1, replicationFactor: 1 }])
  await until('it takes records again', () => isSent(deleted, kept))
})
