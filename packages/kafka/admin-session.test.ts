import test from 'ava'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { readingAdmin } from './admin-session.ts'

const protocolError = (type: string) => Object.assign(new kafkajs.KafkaJSProtocolError(new Error(type)), { type })
const wrapped = new kafkajs.KafkaJSNumberOfRetriesExceeded(protocolError('NOT_LEADER_FOR_PARTITION'), {
  retryCount: 1,
  retryTime: 1,
})

/** Each attempt gets a connection of its own, which is closed. */
async function attemptsAt(failures: unknown[]) {
  const admins = { opened: 0, closed: 0 }
  const admin = { connect: async () => void admins.opened++, disconnect: async () => void admins.closed++ }
  const kafka = { admin: () => admin as unknown as Admin } as unknown as Kafka
  const result = await readingAdmin(kafka, async () => {
    const failure = failures.shift()
    if (failure) throw failure
    return 'read'
  }).catch((error: unknown) => error)
  return { result, ...admins }
}

for (const [what, failure] of [
  ['a topic was deleted', protocolError('UNKNOWN_TOPIC_OR_PARTITION')],
  ['a partition got another leader', wrapped],
  ['a partition had no leader', Object.assign(new Error('Broker -1 not found'), { name: 'KafkaJSBrokerNotFound' })],
  ['kafkajs had no metadata of a topic', new TypeError("Cannot destructure property 'partitions' of undefined")],
] as const)
  test(`what is read of the topics is read again when ${what} meanwhile, thrice at most`, async t => {
    t.deepEqual(await attemptsAt([failure]), { result: 'read', opened: 2, closed: 2 })
    t.deepEqual(await attemptsAt([failure, failure, failure]), { result: failure, opened: 3, closed: 3 })
  })

test('what will fail again is not read again', async t => {
  const refused = protocolError('TOPIC_AUTHORIZATION_FAILED')
  t.deepEqual(await attemptsAt([refused]), { result: refused, opened: 1, closed: 1 })
})
