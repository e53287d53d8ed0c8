import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { flows } from '@docket/contract/flows.ts'
import { kafkaEnvironment } from '@docket/addresses/environment.ts'
import { kafkaAdmin, secrets } from '@docket/addresses/secrets.ts'
import type { Addresses } from '@docket/addresses/addresses.ts'
import { accessList, mgmtPrincipal, principals, type Access } from '@docket/kafka/access.ts'
import { entryOf, grantAccess } from '@docket/kafka/access-admin.ts'
import { createTopics, groupLags } from '@docket/kafka/admin.ts'
import { brokerReader } from '@docket/kafka/broker-reader.ts'
import { kafkaClient, kafkaSettings } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { topicStates } from '@docket/kafka/topic-check.ts'
import { declaredTopics, isDeadLetterTopic } from '@docket/kafka/topics.ts'
import { startSecuredKafkaOfStack } from '@docket/test/support/own-kafka.ts'

// Only a real Kafka decides who may do what, so one runs here with KRaft's StandardAuthorizer, TLS and SCRAM.

let at: Addresses
let stop: (() => Promise<void>) | undefined
test.before(async t => {
  t.timeout(180_000)
  ;({ at, stop } = await startSecuredKafkaOfStack())
})
test.after.always(() => stop?.())

const as = (login: string) => kafkaClient(kafkaSettings(kafkaEnvironment(login, at, secrets(at.dir)), login))
const services = principals.filter(name => name.endsWith('-service'))
const events = declaredTopics.map(({ topic }) => topic).filter(topic => !isDeadLetterTopic(topic))
const record = (topic: string) => ({ topic, key: randomUUID(), value: '{}', headers: { ce_type: 'forged' } })
const refused = { message: /not authorized/i }

for (const service of [...services, mgmtPrincipal])
  test(`no event is forged with the login of ${service}`, async t => {
    t.timeout(120_000)
    const own = [...(flows[service]?.publishes ?? []), ...(flows[service]?.alsoPublishes ?? [])]
    for (const topic of events) {
      const sent = produceOnce(as(service), [record(topic)])
      if (own.some(one => one === topic)) await t.notThrowsAsync(sent, topic)
      else await t.throwsAsync(sent, refused, `${service} writes ${topic}`)
    }
  })

test('every service reads who was logged out, without a group', async t => {
  for (const service of services) {
    const reader = await brokerReader(as(service))
    const [end = 0] = await reader.offsets('user-events', 1, 'end')
    await t.notThrowsAsync(reader.fetch([{ topic: 'user-events', partition: 0, next: end }], 10, 1_000), service)
    await reader.close()
  }
})

test('mgmt reads every topic and how far the groups are, and changes nothing', async t => {
  const kafka = as(mgmtPrincipal)
  const { states } = await topicStates(
    kafka,
    declaredTopics.map(({ topic }) => topic),
  )
  t.true(states.every(({ config }) => config.size > 0))
  await t.notThrowsAsync(groupLags(kafka))
  for (const { topic } of declaredTopics.filter(one => isDeadLetterTopic(one.topic)))
    await t.throwsAsync(produceOnce(kafka, [record(topic)]), refused, topic)
  const admin = kafka.admin({ retry: { retries: 0 } })
  await admin.connect()
  t.teardown(() => admin.disconnect())
  await t.throwsAsync(admin.deleteTopicRecords({ topic: 'order-events', partitions: [{ partition: 0, offset: '0' }] }))
  await t.throwsAsync(admin.deleteGroups(['order-service']))
  await t.throwsAsync(grantAccess(kafka))
})

async function joining(t: ExecutionContext, login: string, groupId: string): Promise<string> {
  const consumer = as(login).consumer({ groupId, retry: { retries: 0 } })
  const end = new Promise<string>(resolve => {
    consumer.on('consumer.crash', ({ payload }) => resolve(payload.error.message))
    consumer.on('consumer.group_join', () => resolve('joined'))
  })
  await consumer.connect()
  t.teardown(() => consumer.disconnect())
  await consumer.subscribe({ topics: ['order-events'] })
  await consumer.run({ eachMessage: async () => undefined }).catch(() => undefined) // the crash reports it
  return end
}

test('a service joins its own group only', async t => {
  t.is(await joining(t, 'payment-service', 'payment-service'), 'joined')
  t.regex(await joining(t, 'payment-service', 'order-service'), /group coordinator|not authorized/i)
})

test('the list is granted once, a right that it does not have is named, and one for a single host does not count', async t => {
  const admin = as(kafkaAdmin)
  t.deepEqual(await grantAccess(admin), { added: [], unexpected: [] })
  t.deepEqual((await createTopics(admin)).created, [])
  const [first] = accessList
  const { added, unexpected } = await grantAccess(admin, accessList.slice(1))
  t.deepEqual(added, [])
  t.deepEqual(unexpected, [`User:${first?.principal} may ${first?.operation.toUpperCase()} TOPIC ${first?.name}`])

  // an administrator may have granted a right for one host
  const right: Access = { ...(first as Access), name: 'another-topic', operation: 'Read' }
  const giver = admin.admin()
  await giver.connect()
  t.teardown(() => giver.disconnect())
  await giver.createAcls({ acl: [{ ...entryOf(right), host: '192.0.2.1' }] })
  t.deepEqual((await grantAccess(admin, [...accessList, right])).added, [right])
})
