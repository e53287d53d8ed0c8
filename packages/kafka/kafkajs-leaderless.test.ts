import test from 'ava'
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js'
import protocol, { type Metadata } from 'kafkajs/src/protocol/requests/index.js'
import { ByteWriter } from './bytes.ts'
import './kafkajs-leaderless.ts'

const none = -1

/** What a broker answers of one topic with two partitions. https://kafka.apache.org/protocol#The_Messages_Metadata */
function answerWith(second: { errorCode: number; leader: number }): Buffer {
  const to = new ByteWriter()
  to.int32(0) // throttle time
  to.int32(0) // brokers
  to.string('a-cluster')
  to.int32(none) // controller
  to.int32(1) // topics
  to.int16(0)
  to.string('a-topic')
  to.int8(0) // not internal
  to.int32(2) // partitions
  for (const [id, { errorCode, leader }] of [{ errorCode: 0, leader: 1 }, second].entries()) {
    to.int16(errorCode)
    to.int32(id)
    to.int32(leader)
    for (let list = 0; list < 3; list++) to.int32(0) // replicas: all, in sync, offline
  }
  return to.written()
}

async function understood(raw: Buffer): Promise<Metadata> {
  const { decode, parse } = protocol.requests.Metadata.protocol({ version: 6 })({ topics: [] }).response
  return parse(await decode(raw))
}

for (const errorCode of [5, 9, 72])
  test(`a partition of which a broker says error ${errorCode} does not hide the others`, async t => {
    const { topicMetadata } = await understood(answerWith({ errorCode, leader: none }))
    t.deepEqual(
      topicMetadata.flatMap(({ partitionMetadata }) => partitionMetadata.map(({ leader }) => leader)),
      [1, none],
    )
  })

test('another error of a partition is a failure', async t => {
  await t.throwsAsync(understood(answerWith({ errorCode: 29, leader: none })), { message: /[Aa]uthoriz/ })
})

const fiveMinutesMs = 300_000

/** For how long kafkajs uses what it knows, when the second of two partitions has this leader. */
async function ageOf(leader: number): Promise<number> {
  const pool = new BrokerPool({ logger: { namespace: () => ({}) }, metadataMaxAge: fiveMinutesMs })
  const broker = {
    metadata: async () => ({ ...(await understood(answerWith({ errorCode: 0, leader }))), brokers: [] }),
  }
  Object.assign(pool, { seedBroker: { connectionPool: {} }, findConnectedBroker: async () => broker })
  await pool.refreshMetadata(['a-topic'])
  return (pool.metadataExpireAt ?? 0) - Date.now()
}

test('kafkajs looks again within a second for the leader of a partition that has none', async t => {
  t.true((await ageOf(none)) <= 1_000)
  t.true((await ageOf(2)) > fiveMinutesMs / 2)
})
