import { setImmediate as turn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { idOf } from '@docket/test/support/events.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { until } from '@docket/test/support/until.ts'
import type { Database, KeyedRequest, Tx } from './database.ts'
import { logger } from '../log.ts'
import { publish, type OutgoingEvent } from '../messaging/outbox.ts'
import { startRelay } from '../messaging/relay.ts'

const log = logger('test', 'fatal')
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
const publishEvents = (db: Database, ...events: OutgoingEvent[]) => db.transaction(tx => publish(tx, events))

function aProducer(fails: (record: OutgoingRecord) => boolean = () => false) {
  const sent: OutgoingRecord[] = []
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    partitionOf: topic => `${topic}/0`,
    async send(records) {
      await turn()
      const acknowledged = records.flatMap((record, position) => (fails(record) ? [] : [position]))
      sent.push(...acknowledged.flatMap(position => records[position] ?? []))
      return acknowledged.length === records.length
        ? { acknowledged, tooLarge: [], unavailable: [] }
        : { acknowledged, tooLarge: [], unavailable: [], failure: new Error('a partition has no leader') }
    },
  }
  return { producer, sent, sequences: () => sent.map(record => Number(record.headers.ce_sequence)) }
}

function aRelay(t: ExecutionContext, db: Database, producer: RecordProducer) {
  const relay = startRelay(db.outbox, producer, '/order-service', log)
  t.teardown(() => relay.stop())
  return relay
}

for (const [name, make] of databases) {
  test(`${name}: what fails leaves nothing behind, neither state nor event`, async t => {
    const db = await make(t)
    await t.throwsAsync(
      db.transaction(async tx => {
        await publish(tx, [completed('A')])
        await tx.query('SELECT 1') // by then the event is in the outbox
        throw new Error('no')
      }),
      { message: 'no' },
    )
    t.is((await db.outbox.depth()).rows, 0)
  })

  test(`${name}: a change that fails undoes its transaction, with its error, whatever statements follow`, async t => {
    const db = await make(t)
    const behind: ((tx: Tx) => Promise<unknown>)[] = [
      async () => undefined,
      tx => tx.query('SELECT 1'),
      tx => publish(tx, [completed('B')]),
    ]
    for (const work of behind) {
      const error = await t.throwsAsync(
        db.transaction(async tx => {
          await publish(tx, [completed('A')])
          tx.change('DELETE FROM nowhere')
          await work(tx)
        }),
      )
      t.regex(`${error.message} ${String(error.cause)}`, /nowhere/)
    }
    await publishEvents(db, completed('C'))
    t.is((await db.outbox.depth()).rows, 1)
  })

  test(`${name}: what is to be done after the commit is done once it is there, and never when the work failed`, async t => {
    const db = await make(t)
    const done: number[] = []
    const count = async () => (await db.outbox.depth()).rows
    const counts: Promise<number>[] = []
    await db.transaction(async tx => {
      tx.afterCommit(() => {
        done.push(1)
        counts.push(count())
      })
      await publish(tx, [completed('A')])
      t.deepEqual(done, [])
    })
    t.deepEqual(done, [1])
    t.deepEqual(await Promise.all(counts), [1], 'the row was there by then')
    await t.throwsAsync(
      db.transaction(async tx => {
        tx.afterCommit(() => void done.push(2))
        throw new Error('no')
      }),
    )
    t.deepEqual(done, [1])
  })

  test(`${name}: an event that breaks the contract is not sent, and its transaction fails`, async t => {
    const db = await make(t)
    const broken = { type: 'order.completed', key: 'x', sequence: 1, data: { orderId: 'no uuid' } } as const
    await t.throwsAsync(publishEvents(db, completed('A'), broken), {
      message: /order\.completed about x breaks the contract: orderId/,
    })
    t.is((await db.outbox.depth()).rows, 0)
  })

  test(`${name}: the relay publishes what was committed, in order, and empties the outbox`, async t => {
    const db = await make(t)
    const { producer, sent, sequences } = aProducer()
    for (const sequence of [1, 2, 3]) await publishEvents(db, completed('A', sequence))
    aRelay(t, db, producer)
    await until('the outbox is empty', async () => (await db.outbox.depth()).rows === 0)
    t.deepEqual(sequences(), [1, 2, 3])
    t.like(sent[0], { topic: 'order-events', key: idOf('A'), value: JSON.stringify({ orderId: idOf('A') }) })
    t.like(sent[0]?.headers, {
      ce_type: 'order.completed',
      ce_source: '/order-service',
      ce_subject: idOf('A'),
      ce_specversion: '1.0',
    })
  })

  test(`${name}: what a broker did not acknowledge stays, and is sent again`, async t => {
    const db = await make(t)
    let refusals = 3
    const { producer, sent } = aProducer(record => record.key === idOf('B') && refusals-- > 0)
    await publishEvents(db, completed('A'), completed('B'), completed('C'))
    aRelay(t, db, producer)
    await until('the outbox is empty', async () => (await db.outbox.depth()).rows === 0)
    t.deepEqual(sent.map(record => record.key).sort(), ['A', 'B', 'C'].map(idOf).sort())
  })

  test(`${name}: of two relays one publishes; when it stops, the other takes over`, async t => {
    const db = await make(t)
    const [one, other] = [aProducer(), aProducer()]
    const first = aRelay(t, db, one.producer)
    await publishEvents(db, completed('A'))
    await until('the first has sent', async () => one.sent.length === 1)
    aRelay(t, db, other.producer)
    await publishEvents(db, completed('B'))
    await until('it is sent', async () => one.sent.length + other.sent.length === 2)
    t.is(other.sent.length, 0)
    await first.stop()
    await publishEvents(db, completed('C'))
    await until('the other has sent', async () => other.sent.length === 1)
    t.is(one.sent.length, 2)
  })

  test(`${name}: writers side by side lose nothing, and the events of each keep their order`, async t => {
    const db = await make(t)
    const { producer, sent } = aProducer()
    const relay = aRelay(t, db, producer)
    const orders = Array.from({ length: 6 }, (_, n) => `order ${n}`)
    await Promise.all(
      orders.map(async order => {
        for (const sequence of [1, 2, 3, 4, 5]) {
          await publishEvents(db, completed(order, sequence))
          relay.wake()
        }
      }),
    )
    await until('the outbox is empty', async () => (await db.outbox.depth()).rows === 0)
    for (const order of orders) {
      t.deepEqual(
        sent.filter(record => record.key === idOf(order)).map(record => Number(record.headers.ce_sequence)),
        [1, 2, 3, 4, 5],
      )
    }
  })

  test(`${name}: the trace of what caused the work goes out with its events`, async t => {
    const db = await make(t)
    const { producer, sent } = aProducer()
    await db.transaction(tx => publish(tx, [completed('A'), completed('B')]), new Map([[idOf('A'), '00-aaaa-bbbb-01']]))
    aRelay(t, db, producer)
    await until('both', async () => sent.length === 2)
    t.deepEqual(
      sent.map(record => record.headers.traceparent),
      ['00-aaaa-bbbb-01', undefined],
    )
  })

  test(`${name}: of two requests at once with one key, one does the work, the other gets its answer`, async t => {
    const db = await make(t)
    let work = 0
    const request = () =>
      db.transaction(async tx => {
        const [first] = (
          await db.claimKeys(tx, [{ scope: 'ada POST /orders', key: 'key', fingerprint: 'fingerprint' }])
        ).values()
        if (first) return first.body
        work++
        const answer = { status: 201, headers: { location: '/orders/1' }, body: { id: 1 } }
        await turn()
        await db.keepAnswers(tx, [{ scope: 'ada POST /orders', key: 'key', fingerprint: 'fingerprint', ...answer }])
        return answer.body
      })
    t.deepEqual(await Promise.all([request(), request(), request()]), [{ id: 1 }, { id: 1 }, { id: 1 }])
    t.is(work, 1)
  })

  test(`${name}: an answer under a new key is kept in one write, and a key that was used is refused`, async t => {
    const db = await make(t)
    const keyed = { scope: 'ada POST /orders', key: 'key', fingerprint: 'fingerprint' }
    const keep = (...keys: string[]) => {
      const answers = keys.map(key => ({ ...keyed, key, status: 201, headers: { location: `/${key}` }, body: { key } }))
      return db.transaction(tx => db.keepNewAnswers(tx, answers))
    }
    await keep('b', 'a')
    const error = await t.throwsAsync(keep('d', 'b', 'c'))
    t.true(db.isKeyUsed(error))
    const known = await db.transaction(tx =>
      db.claimKeys(tx, [keyed, ...['a', 'b', 'c'].map(key => ({ ...keyed, key }))]),
    )
    const answer = (key: string) => ({
      fingerprint: 'fingerprint',
      status: 201,
      headers: { location: `/${key}` },
      body: { key },
    })
    t.deepEqual(
      [...known.values()].map(({ fingerprint, status, headers, body }) => ({ fingerprint, status, headers, body })),
      [answer('a'), answer('b')],
    )
    t.false(db.isKeyUsed(await t.throwsAsync(db.transaction(async () => Promise.reject(new Error('no'))))))
  })

  test(`${name}: a key is that of its scope, and its first request stays what it was`, async t => {
    const db = await make(t)
    const [anna, ben] = ['anna', 'ben'].map(name => ({ scope: `${name} POST /orders`, key: 'key', fingerprint: name }))
    const claim = (keyed: KeyedRequest | undefined) =>
      db.transaction(async tx => {
        if (!keyed) throw new Error('no request')
        const [known] = (await db.claimKeys(tx, [keyed])).values()
        if (!known) await db.keepAnswers(tx, [{ ...keyed, status: 201, headers: {}, body: keyed.scope }])
        return known && { fingerprint: known.fingerprint, body: known.body }
      })
    t.is(await claim(anna), undefined)
    t.is(await claim(ben), undefined)
    const [ofAnna, ofBen] = [
      { fingerprint: 'anna', body: 'anna POST /orders' },
      { fingerprint: 'ben', body: 'ben POST /orders' },
    ]
    t.deepEqual(await claim(anna && { ...anna, fingerprint: 'another' }), ofAnna)
    t.deepEqual([await claim(anna), await claim(ben)], [ofAnna, ofBen])
  })

  test(`${name}: a key that is being used is waited for, and then refused`, async t => {
    const db = await make(t)
    const answer = { scope: 'scope', key: 'key', fingerprint: 'f', status: 201, headers: {}, body: 1 }
    const keep = () => db.transaction(tx => db.keepNewAnswers(tx, [answer]))
    const results = await Promise.allSettled([keep(), keep(), keep()])
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
    t.true(results.every(result => result.status === 'fulfilled' || db.isKeyUsed(result.reason)))
  })

  test(`${name}: a key whose work failed is free again`, async t => {
    const db = await make(t)
    const claim = (fail: boolean) =>
      db.transaction(async tx => {
        const [first] = (await db.claimKeys(tx, [{ scope: 'scope', key: 'key', fingerprint: 'f' }])).values()
        if (fail) throw new Error('no')
        return first
      })
    await t.throwsAsync(claim(true))
    t.is(await claim(false), undefined)
  })

  test(`${name}: the outbox says how many events wait, and for how long the oldest`, async t => {
    const db = await make(t)
    t.like(await db.outbox.depth(), { rows: 0, oldestSeconds: 0 })
    await publishEvents(db, completed('A'))
    await db.transaction(tx =>
      tx.query(`UPDATE outbox SET time = time - INTERVAL ${name === 'MySQL' ? '1 HOUR' : `'1 hour'`}`),
    )
    await publishEvents(db, completed('B'))
    const { rows, oldestSeconds } = await db.outbox.depth()
    t.is(rows, 2)
    t.true(oldestSeconds >= 3_600 && oldestSeconds < 3_900, String(oldestSeconds))
  })

  test(`${name}: answers are forgotten after a day`, async t => {
    const db = await make(t)
    await db.transaction(tx => db.claimKeys(tx, [{ scope: 'scope', key: 'key', fingerprint: 'f' }]))
    const later = (hours: number) =>
      db.transaction(tx =>
        tx.query(
          `UPDATE idempotency_keys SET created_at = created_at - INTERVAL ${name === 'MySQL' ? `${hours} HOUR` : `'${hours} hours'`}`,
        ),
      )
    await later(23)
    t.is(await db.forgetAnswers(), 0)
    await later(2)
    t.is(await db.forgetAnswers(), 1)
  })

  test(`${name}: a connection that is cut in the middle of work is a transient failure, and the process lives`, async t => {
    const db = await make(t)
    const error = await t.throwsAsync(
      db.transaction(async tx => {
        const { rows } = await tx.query<{ id: number }>(
          name === 'MySQL' ? 'SELECT CONNECTION_ID() AS id' : 'SELECT pg_backend_pid() AS id',
        )
        await db.read.query(name === 'MySQL' ? `KILL ${rows[0]?.id}` : `SELECT pg_terminate_backend(${rows[0]?.id})`)
        await tx.query('SELECT 1')
      }),
    )
    t.true(db.isTransient(error), String(error))
    await t.notThrowsAsync(db.ping())
  })

  test(`${name}: a mistake of ours is not a transient failure`, async t => {
    const db = await make(t)
    t.false(db.isTransient(await t.throwsAsync(db.read.query('SELECT FROM WHERE'))))
  })

  test(`${name}: a table that is missing, as during a restore, is no event's fault, and no transient failure for callers`, async t => {
    const db = await make(t)
    const error = await t.throwsAsync(db.transaction(tx => tx.query('SELECT id FROM nowhere')))
    t.true(db.isUnfit(new Error('handling a batch', { cause: error })))
    t.false(db.isTransient(error))
    for (const other of ['SELECT FROM WHERE', 'SELECT nothing FROM outbox'])
      t.false(db.isUnfit(await t.throwsAsync(db.read.query(other))), other)
  })

  test(`${name}: concurrent processes apply every migration once`, async t => {
    const db = await make(t)
    const folder = new URL(
      'migrations/',
      import.meta.resolve(`@docket/${name === 'MySQL' ? 'user' : 'shipping'}-service/package.json`),
    )
    t.deepEqual(await Promise.all([db.migrate(folder), db.migrate(folder)]), [[], []])
  })
}

test('PostgreSQL: a transaction that it ends since it took too long, as while the server stood still, is a transient failure', async t => {
  const db = await aDatabase(t, 'shipping-service')
  for (const code of ['25P03', '25P04'])
    t.true(
      db.isTransient(Object.assign(new Error('terminating connection due to idle-in-transaction timeout'), { code })),
    )
})

test('PostgreSQL: of two replicas that forget answers at once, none waits for the other', async t => {
  const db = await aDatabase(t, 'shipping-service')
  const keys = ['1', '2', '3'].map(key => ({ scope: 'scope', key, fingerprint: 'f' }))
  await db.transaction(tx => db.claimKeys(tx, keys))
  await db.transaction(tx => tx.query(`UPDATE idempotency_keys SET created_at = created_at - interval '2 days'`))
  await db.transaction(async tx => {
    await tx.query(`SELECT FROM idempotency_keys WHERE key = '2' FOR UPDATE`)
    t.is(await db.forgetAnswers(), 2)
  })
  t.is(await db.forgetAnswers(), 1)
})

test('PostgreSQL: work that fails before anything was sent leaves no transaction open', async t => {
  const db = await aDatabase(t, 'shipping-service')
  const failing = db.transaction(async tx => {
    tx.change('DELETE FROM outbox')
    throw new Error('no')
  })
  await t.throwsAsync(failing, { message: 'no' })
  const { rows } = await db.read.query<{ open: number }>(
    `SELECT count(*) AS open FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`,
  )
  t.deepEqual(rows, [{ open: 0 }])
})

test('PostgreSQL: results of statements that were sent together are those of each', async t => {
  const db = await aDatabase(t, 'shipping-service')
  const answers = await db.transaction(tx =>
    Promise.all([
      tx.query('SELECT $1::bigint AS number, $2::text AS text', [5_000_000_000, 'x']),
      tx.query('SELECT 1 AS one WHERE false'),
      tx.query('UPDATE purge_marks SET version = $1', [7]),
      tx.query('SELECT unnest($1::int[]) AS one', [[1, 2]]),
    ]),
  )
  t.deepEqual(answers, [
    { rows: [{ number: 5_000_000_000, text: 'x' }], rowCount: 1 },
    { rows: [], rowCount: 0 },
    { rows: [], rowCount: 1 },
    { rows: [{ one: 1 }, { one: 2 }], rowCount: 2 },
  ])
})

test.serial('PostgreSQL: a transaction that has ended leaves no timer', async t => {
  const db = await aDatabase(t, 'shipping-service')
  const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
  await db.transaction(tx => tx.query('SELECT $1::int', [1]))
  const before = timers()
  await db.transaction(tx => tx.query('SELECT $1::int', [1]))
  t.is(timers(), before)
})

test('PostgreSQL: a statement that was prepared while its table was empty reads a full one by its index', async t => {
  const db = await aDatabase(t, 'shipping-service')
  const keys = Array.from({ length: 3_000 }, (_, n) => ({ scope: 'scope', key: `${n}`, fingerprint: 'f' }))
  const readWholeTables = () =>
    db.transaction(async tx => {
      await db.keepAnswers(tx, [{ ...keys[7]!, status: 201, headers: {}, body: {} }])
      await tx.query('DELETE FROM last_events WHERE aggregateid = ANY($1::text[])', [['a']])
      const { rows } = await tx.query<{ times: number }>(
        'SELECT sum(seq_scan)::int AS times FROM pg_stat_xact_user_tables',
      )
      return rows[0]?.times
    })
  t.is(await readWholeTables(), 0)
  await db.transaction(tx => db.claimKeys(tx, keys))
  t.is(await readWholeTables(), 0)
})

test('PostgreSQL: statements that failed, or were refused after one that did, work in the next transaction', async t => {
  const db = await aDatabase(t, 'shipping-service')
  const divide = (tx: Tx, by: number) => tx.query<{ result: number }>('SELECT 6 / $1::int AS result', [by])
  const negate = (tx: Tx, number: number) => tx.query<{ result: number }>('SELECT -$1::int AS result', [number])
  for (let round = 0; round < 2; round++) {
    const both = db.transaction(tx => Promise.all([divide(tx, 0), negate(tx, 1)]))
    await t.throwsAsync(both, { message: 'division by zero' })
    await db.transaction(async tx => {
      t.deepEqual((await divide(tx, 3)).rows, [{ result: 2 }])
      t.deepEqual((await negate(tx, 1)).rows, [{ result: -1 }])
    })
  }
})
