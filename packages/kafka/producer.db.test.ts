import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { Kafka, logLevel } from 'kafkajs'
import { addresses } from '@docket/addresses/addresses.ts'
import { startProxy } from '@docket/test/support/proxy.ts'
import { until } from '@docket/test/support/until.ts'
import { addTopics } from './admin.ts'
import './client.ts' // what it changes in kafkajs
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
