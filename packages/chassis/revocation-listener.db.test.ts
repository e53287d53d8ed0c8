import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { startProxy } from '@docket/test/support/proxy.ts'
import { connectedProducer, ownTopics } from '@docket/test/support/topics.ts'
import { until } from '@docket/test/support/until.ts'
import { accessTokenSeconds } from '@docket/foundation/access-token.ts'
import { revocations } from './http/revocations.ts'
import { logger } from './log.ts'
import { listenForRevocations } from './revocation-listener.ts'

const clientAt = (broker: string) => kafkaClient({ brokers: [broker], clientId: 'revocation-listener-test' })
const kafka = clientAt(addresses().kafka)

async function aTopic(t: ExecutionContext) {
  const topic = `test-${randomUUID()}`
  await ownTopics(t, kafka, { topic, numPartitions: 3 })
  const producer = await connectedProducer(t, kafka)
  const send = (type: string, key: string, value: string) =>
    producer.send([{ topic, key, value, headers: { ce_type: type } }])
  return {
    topic,
    send,
    revoke: (userId: string, sessionId: string) =>
      send('session.revoked', userId, JSON.stringify({ userId, sessionId })),
  }
}

function aReplica(t: ExecutionContext, topic: string, client = kafka) {
  const memory = revocations()
  const listener = listenForRevocations(client, memory, logger('test', 'fatal'), topic)
  t.teardown(() => listener.stop())
  return {
    memory,
    listener,
    caughtUp: () => until('it hears', async () => listener.trouble() === undefined),
  }
}

async function revokedBefore(topic: string, { id: userId, sessionId }: ReturnType<typeof caller>, ms: number) {
  const producer = kafka.producer()
  await producer.connect()
  const [value, timestamp] = [JSON.stringify({ userId, sessionId }), String(Date.now() - ms)]
  await producer.send({
    topic,
    messages: [{ key: userId, value, timestamp, headers: { ce_type: 'session.revoked' } }],
  })
  await producer.disconnect()
}

const caller = (id: string = randomUUID(), sessionId: string = randomUUID()) => ({ id, sessionId, rightsVersion: 1 })

test('every replica caughtUp of a revocation, and one that starts after it knows before it is ready', async t => {
  const { topic, revoke } = await aTopic(t)
  const [first, second, user] = [aReplica(t, topic), aReplica(t, topic), caller()]
  await Promise.all([first.caughtUp(), second.caughtUp()])
  const sentMs = Date.now()
  await revoke(user.id, user.sessionId)
  for (const { memory } of [first, second]) await until('it is revoked', async () => memory.isRevoked(user))
  t.true(Date.now() - sentMs < 4_000, 'a broker that has nothing to give holds a request for 5 s')
  const third = aReplica(t, topic)
  await third.caughtUp()
  t.true(third.memory.isRevoked(user))
  t.false(third.memory.isRevoked(caller(user.id)))
})

test('a replica that starts knows of what was revoked within the life of a token', async t => {
  const { topic } = await aTopic(t)
  const user = caller()
  await revokedBefore(topic, user, accessTokenSeconds * 1_000)
  const { memory, caughtUp } = aReplica(t, topic)
  await caughtUp()
  t.true(memory.isRevoked(user))
})

test('records that are broken do not keep it from hearing what follows', async t => {
  const given = await aTopic(t)
  const { memory, caughtUp } = aReplica(t, given.topic)
  await caughtUp()
  const user = caller()
  await given.send('session.revoked', user.id, '{')
  await given.send('user.made_up', user.id, JSON.stringify({ userId: user.id, rightsVersion: 2 }))
  await until('it is revoked', async () => memory.isRevoked(user))
  t.pass()
})

test('Kafka that is unavailable at the start is named, and what was revoked until then is caught up with', async t => {
  const given = await aTopic(t)
  const reserved = createServer().listen(0, '127.0.0.1')
  await once(reserved, 'listening')
  const { port } = reserved.address() as AddressInfo
  reserved.close()
  await once(reserved, 'close')
  const { memory, listener, caughtUp } = aReplica(t, given.topic, clientAt(`127.0.0.1:${port}`))
  await until('it says why', async () => /ECONNREFUSED.*5 minutes at most/.test(listener.trouble() ?? ''))
  t.false(listener.isRefused(), 'it may come back by itself')
  const user = caller()
  await given.revoke(user.id, user.sessionId)
  t.false(memory.isRevoked(user))
  const [host = '', kafkaPort] = addresses().kafka.split(':')
  const proxy = await startProxy({ host, port: Number(kafkaPort) }, port)
  t.teardown(() => proxy.close())
  await caughtUp()
  t.true(memory.isRevoked(user))
})

test('a topic that is missing is told as what no waiting mends', async t => {
  const { listener } = aReplica(t, `test-${randomUUID()}`)
  await until('it is refused', async () => listener.isRefused())
  t.regex(listener.trouble() ?? '', /topics are missing/)
})
