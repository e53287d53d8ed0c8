import test from 'ava'
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js'
import './kafkajs-silent-connections.ts'

/** A broker that was connected once. `connects` says of each further connection whether it was asked for its versions. */
function aKnownBroker() {
  const connects: { isAsked: boolean }[] = []
  const broker = {
    versions: {} as object | null,
    isConnected: () => false,
    async connect() {
      connects.push({ isAsked: broker.versions === null })
      broker.versions = {}
    },
  }
  const pool = new BrokerPool({ logger: { namespace: () => ({}) }, metadataMaxAge: 10_000 })
  return { connects, pool: Object.assign(pool, { seedBroker: broker }) }
}

test('a broker that is known is asked again over a new connection, as it may accept that and hang', async t => {
  const { pool, connects } = aKnownBroker()
  await pool.connect()
  t.deepEqual(connects, [{ isAsked: true }])
})

test('one connection is made for all that need one at a time, and another later', async t => {
  const { pool, connects } = aKnownBroker()
  await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  t.is(connects.length, 1)
  await pool.connect()
  t.is(connects.length, 2)
})
