import pg from 'pg'
import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { idOf } from '@docket/test/support/events.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { until } from '@docket/test/support/until.ts'
import { risingFloor } from '@docket/foundation/rising-floor.ts'
import type { Database } from '../database/database.ts'
import { postgresDatabase } from '../database/postgres.ts'
import { connection } from '../database/postgres-connection.ts'
import { queueFloor, type QueueFloor } from '../database/queue-floor.ts'
import { logger } from '../log.ts'
import { publish, type OutgoingEvent } from './outbox.ts'
import { postgresOutbox } from './postgres-outbox.ts'
import { startRelay } from './relay.ts'

const log = logger('test', 'silent')
const databases: [string, (t: ExecutionContext) => Promise<Database>][] = [
  ['PostgreSQL', t => aDatabase(t, 'shipping-service')],
  ['MySQL', aMysqlDatabase],
]

const completed = (order: string, sequence = 1): OutgoingEvent => ({
  type: 'order.completed',
  key: idOf(order),
  sequence,
  data: { orderId: idOf(order) },
})

function aRelay(t: ExecutionContext, db: Database, tooLarge: (sequence: string) => boolean = () => false) {
  const sent: (string | null)[] = []
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    partitionOf: topic => `${topic}/0`,
    async send(records) {
      const refused = records.findIndex(({ headers }) => tooLarge(String(headers.ce_sequence)))
      const isSent = (position: number) =>
        refused === -1 || position < refused || records[position]?.key !== records[refused]?.key
      const acknowledged = [...records.keys()].filter(isSent)
      sent.push(...acknowledged.map(position => `${records[position]?.key} ${records[position]?.headers.ce_sequence}`))
      return { acknowledged, tooLarge: refused === -1 ? [] : [refused], unavailable: [] }
    },
  }
  const relay = startRelay(db.outbox, producer, '/order-service', log, { heldForMs: 500 })
  t.teardown(() => relay.stop())
  return { sent, wake: relay.wake, trouble: relay.trouble }
}

/** A topic of which one partition, that of the orders whose names begin so, takes no records. */
function aBrokenPartition(names: string) {
  const sent: string[] = []
  let isBroken = true
  const keys = new Set(Array.from({ length: 2_500 }, (_, n) => idOf(`${names} ${n}`)))
  const partitionOf = (topic: string, key: string | null) => `${topic}/${keys.has(key ?? '') ? 1 : 0}`
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    partitionOf,
    async send(records) {
      const unavailable = new Set<string>()
      const acknowledged: number[] = []
      records.forEach(({ topic, key, headers }, position) => {
        if (isBroken && keys.has(key ?? '')) unavailable.add(partitionOf(topic, key))
        else {
          acknowledged.push(position)
          sent.push(`${key} ${headers.ce_sequence}`)
        }
      })
      const failure = unavailable.size > 0 ? { failure: new Error('it has no leader') } : {}
      return { acknowledged, tooLarge: [], unavailable: [...unavailable], ...failure }
    },
  }
  const heal = () => {
    isBroken = false
  }
  return { producer, sent, heal }
}

for (const [name, make] of databases) {
  test(`${name}: a row whose transaction commits after younger rows were sent is sent too`, async t => {
    const db = await make(t)
    const { sent, wake } = aRelay(t, db)
    await db.transaction(async slow => {
      await publish(slow, [completed('old')])
      await db.transaction(tx => publish(tx, [completed('young')]))
      wake()
      await until('the young one is sent', async () => sent.length === 1)
    })
    wake()
    await until('the old one is sent', async () => sent.length === 2)
    t.deepEqual(
      sent,
      ['young', 'old'].map(order => `${idOf(order)} 1`),
    )
  })

  test(`${name}: an event that its topic does not accept holds up its own order only, says so, and is sent when it can be`, async t => {
    const db = await make(t)
    let isTooLarge = true
    const { sent, wake, trouble } = aRelay(t, db, sequence => isTooLarge && sequence === '2')
    await db.transaction(tx =>
      publish(tx, [completed('A', 1), completed('A', 2), completed('A', 3), completed('B', 1)]),
    )
    wake()
    await until('what can be sent is sent', async () => sent.length === 2)
    t.deepEqual(sent, [`${idOf('A')} 1`, `${idOf('B')} 1`])
    await until('it reports that', async () =>
      /order\.completed about .* is larger than its topic accepts/.test(trouble() ?? ''),
    )
    await db.transaction(tx => publish(tx, [completed('C', 1), completed('A', 4)]))
    wake()
    await until('others go on', async () => sent.includes(`${idOf('C')} 1`))
    t.false(sent.includes(`${idOf('A')} 4`))
    isTooLarge = false // the limit of the topic was raised
    await until('the rest is sent', async () => sent.length === 6)
    t.deepEqual(
      sent.filter(one => one?.startsWith(idOf('A'))),
      [1, 2, 3, 4].map(sequence => `${idOf('A')} ${sequence}`),
    )
    await until('all is well', async () => trouble() === undefined)
  })

  test(`${name}: a partition that takes no records holds up its own events only, however many wait`, async t => {
    const db = await make(t)
    const { producer, sent, heal } = aBrokenPartition('waits')
    const waiting = Array.from({ length: 2_500 }, (_, n) => `waits ${n}`)
    const events = (order: string) => [completed(order, 1), completed(order, 2)]
    await db.transaction(tx => publish(tx, waiting.flatMap(events)))
    const relay = startRelay(db.outbox, producer, '/order-service', log)
    t.teardown(() => relay.stop())
    for (const order of ['A', 'B', 'C']) {
      await db.transaction(tx => publish(tx, events(order)))
      relay.wake()
      await until(`${order} is sent`, async () => sent.includes(`${idOf(order)} 2`))
    }
    t.deepEqual(new Set(sent), new Set(['A', 'B', 'C'].flatMap(order => [`${idOf(order)} 1`, `${idOf(order)} 2`])))
    await until('it says so', async () => relay.trouble() === 'order-events/1 takes no records: it has no leader')
    heal()
    await until('the rest is sent', async () => (await db.outbox.depth()).rows === 0)
    for (const order of waiting.map(idOf)) t.true(sent.indexOf(`${order} 1`) < sent.indexOf(`${order} 2`))
    t.true(sent.length >= 2 * (waiting.length + 3))
    await until('all is well', async () => relay.trouble() === undefined)
  })

  test(`${name}: a partition for which nothing waits any more is no trouble`, async t => {
    const db = await make(t)
    const { producer, sent } = aBrokenPartition('waits')
    await db.transaction(tx => publish(tx, [completed('waits 1'), completed('A')]))
    const relay = startRelay(db.outbox, producer, '/order-service', log)
    t.teardown(() => relay.stop())
    await until('it is in trouble', async () => sent.length > 0 && relay.trouble() !== undefined)
    await db.transaction(tx => tx.query('DELETE FROM outbox'))
    await until('all is well', async () => relay.trouble() === undefined)
    t.deepEqual(sent, [`${idOf('A')} 1`])
  })

  test(`${name}: there is one leader at a time`, async t => {
    const db = await make(t)
    const lead = async () => {
      const mine = await db.outbox.lead()
      t.teardown(() => mine?.release())
      return mine
    }
    const first = await lead()
    t.truthy(first)
    t.is(await lead(), undefined)
    await first?.release()
    t.truthy(await until('another leads', lead))
  })
}

/** A replica with its relay, on the database of the others. All replicas send to one list, as `<key> <sequence>`. */
function aReplica(
  t: ExecutionContext,
  url: string,
  sent: string[],
  { isPaused = false, send = async () => undefined as void, reads = true, noticesLoss = true } = {},
) {
  const removals: number[] = []
  const db: Database = postgresDatabase({
    url,
    pool: 2,
    log,
    onAppended: stored => void (isPaused || relay.wake(stored)),
  })
  const lead: typeof db.outbox.lead = async () => {
    const mine = await db.outbox.lead()
    return (
      mine && {
        ...mine,
        lost: noticesLoss ? mine.lost : new AbortController().signal, // of a connection that is half-open
        read: async (...limits) => (reads ? mine.read(...limits) : []),
        remove: async ids => {
          removals.push(ids.length)
          await mine.remove(ids)
        },
      }
    )
  }
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    partitionOf: topic => `${topic}/0`,
    async send(records) {
      await send()
      sent.push(...records.map(({ key, headers }) => `${key} ${headers.ce_sequence}`))
      return { acknowledged: [...records.keys()], tooLarge: [], unavailable: [] }
    },
  }
  const relay = startRelay({ ...db.outbox, lead }, producer, '/order-service', log)
  t.teardown(async () => {
    await relay.stop()
    await db.close()
  })
  return {
    db,
    removals,
    stop: relay.stop,
    trouble: relay.trouble,
    publishes: (...events: OutgoingEvent[]) => db.transaction(tx => publish(tx, events)),
  }
}

test('what a process has written is sent from its memory: nothing reads it', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const sent: string[] = []
  const { db, publishes } = aReplica(t, url, sent, { reads: false })
  let orders = 0
  await until('some are sent', async () => {
    await publishes(completed(`order ${orders++}`)) // those before it leads are left to a read
    return sent.length > 3
  })
  await until('what was sent is removed', async () => (await db.outbox.depth()).rows === orders - sent.length)
  t.is(new Set(sent).size, sent.length)
})

test('rows that were sent one by one are removed many at a time, and the last when the relay stops', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const sent: string[] = []
  const { db, removals, stop, publishes } = aReplica(t, url, sent)
  const fromMs = performance.now()
  for (let n = 1; n <= 20; n++) {
    await publishes(completed('A', n))
    await until('it is sent', async () => sent.length === n)
  }
  await until('the outbox is empty', async () => (await db.outbox.depth()).rows === 0)
  const reads = 1 + Math.ceil((performance.now() - fromMs) / 1_000) // it reads once a second, which removes rows
  t.true(removals.length <= 2 * reads, `${removals.join()} during ${reads} reads`)
  await publishes(completed('A', 21))
  await until('it is sent', async () => sent.length === 21)
  await stop()
  t.is((await db.outbox.depth()).rows, 0)
})

test('an event does not overtake an older one of its order, whose replica pauses between commit and send', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const sent: string[] = []
  const leader = aReplica(t, url, sent)
  await leader.publishes(completed('A', 1))
  await until('it leads', async () => sent.length === 1)
  const paused = aReplica(t, url, sent, { isPaused: true })
  await paused.publishes(completed('A', 2))
  await leader.publishes(completed('A', 3))
  await until('all are sent', async () => sent.length === 3)
  t.deepEqual(
    sent,
    [1, 2, 3].map(sequence => `${idOf('A')} ${sequence}`),
  )
})

test('a leader that has lost the lock unnoticed, between commit and send, repeats events but reorders none', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const sent: string[] = []
  const pauses = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() }
  t.teardown(() => Object.values(pauses).forEach(pause => pause.resolve()))
  const sends = { first: 0, second: 0 }
  const send = (replica: 'first' | 'second', pausesAt: number) => async () => {
    if (++sends[replica] === pausesAt) await pauses[replica].promise
  }
  const first = aReplica(t, url, sent, { noticesLoss: false, send: send('first', 1) })
  await first.publishes(completed('A', 1))
  await until('the first is about to send', async () => sends.first === 1)
  await first.db.read.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'outbox-relay'`,
  )
  const second = aReplica(t, url, sent, { send: send('second', 2) })
  await until('the second has taken over', async () => sent.length === 1)
  await second.publishes(completed('A', 2))
  await until('it is about to send the next', async () => sends.second === 2)
  await first.publishes(completed('A', 3))
  pauses.first.resolve()
  await until('the first has sent, and has noticed', async () => sent.length === 2 && first.trouble() !== undefined)
  pauses.second.resolve()
  await until('all are sent', async () => sent.length === 4 && (await first.db.outbox.depth()).rows === 0)
  t.deepEqual(
    sent,
    [1, 1, 2, 3].map(sequence => `${idOf('A')} ${sequence}`),
  )
})

async function anOutbox(t: ExecutionContext, floorOf: typeof queueFloor) {
  const { url } = await aDatabase(t, 'shipping-service')
  const pool = new pg.Pool({ ...connection(url), max: 5 })
  const store = postgresOutbox(url, pool, log, floorOf)
  const db = postgresDatabase({ url, pool: 2, log, onAppended: () => undefined })
  const lead = await store.lead()
  t.teardown(async () => {
    await lead?.release()
    await pool.end()
    await db.close()
  })
  const read = async (...held: string[]) => (await lead?.read(10, held))?.map(({ id }) => Number(id)) ?? []
  const publishes = (...events: OutgoingEvent[]) => db.transaction(tx => publish(tx, events))
  return {
    store,
    read,
    publishes,
    async begins() {
      const client = await pool.connect()
      t.teardown(() => client.release(true))
      await client.query('BEGIN')
      await client.query('SET LOCAL idle_in_transaction_session_timeout = 0') // that of a service is 10 s
      return client
    },
    /** Writes an event, and sends all that wait; returns their ids. */
    async sends() {
      await publishes(completed('A'))
      const ids = await read()
      await lead?.remove(ids.map(String))
      return ids
    },
  }
}

test('rows below the floor are neither read nor counted', async t => {
  const servers = new Set<string | undefined>()
  let floor = 0
  let rechecks = 0
  const outbox = await anOutbox(t, () => ({
    from(server) {
      servers.add(server)
      return floor
    },
    recheck: () => void rechecks++,
  }))
  t.is(rechecks, 1, 'when it has taken the lead')
  await outbox.publishes(completed('A', 1), completed('A', 2), completed('B', 1))
  const [first = NaN, second = NaN, third = NaN] = await outbox.read()
  t.is((await outbox.store.depth()).rows, 3)
  floor = second
  t.deepEqual(await outbox.read(), [second, third])
  t.deepEqual(await outbox.read(idOf('A')), [third])
  t.is((await outbox.store.depth()).rows, 2)
  t.true(first < second)
  servers.delete(undefined)
  t.is(servers.size, 1, 'the relay names the server that it reads from')
})

test('the floor rises over what was sent, during a dump, too, and stays below what is not committed yet', async t => {
  let looks = 0
  const floors: QueueFloor[] = []
  const outbox = await anOutbox(t, look => {
    const counted = async (from: number) => {
      const row = await look(from)
      looks++
      return row
    }
    floors.push(queueFloor(counted, risingFloor(0), { everyMs: 0 }))
    return floors[0] as QueueFloor
  })
  const floor = () => floors[0]?.from() ?? NaN
  const reaches = (position: number) => until(`the floor is at ${position}`, async () => floor() === position)
  const looksAgain = async () => {
    const enough = looks + 4
    await until('it has looked', async () => floor() >= 0 && looks >= enough)
  }
  const dump = await outbox.begins()
  await dump.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
  await dump.query('SELECT count(*) FROM outbox')
  for (let times = 0; times < 2; times++) await reaches((await outbox.sends()).at(-1) ?? NaN)

  // their COMMITs hang, for as long as a synchronous standby is unavailable
  const hanging = [await outbox.begins(), await outbox.begins()]
  const late: number[] = []
  for (const client of hanging) {
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, payload)
      SELECT gen_random_uuid(), 'shipping', 'late', 'shipment.created', 1, now(), '{}' FROM generate_series(1, 2) RETURNING id`,
    )
    late.push(...rows.map(({ id }) => id))
  }
  const [first = NaN] = late
  await looksAgain()
  t.true(floor() <= first, 'no transaction has ended since they began')
  for (let times = 0; times < 2; times++) {
    const [id = NaN] = await outbox.sends()
    t.true(id > Math.max(...late))
    await looksAgain()
    t.true(floor() <= first)
  }
  for (const client of hanging) await client.query('COMMIT')
  await reaches(first)
  await looksAgain()
  t.is(floor(), first, 'they wait')
  const sent = await outbox.sends()
  t.deepEqual(sent.slice(0, 4), late)
  await reaches(sent.at(-1) ?? NaN)
})
