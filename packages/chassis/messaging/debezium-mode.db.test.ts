import test, { type ExecutionContext } from 'ava'
import { aDatabase } from '@docket/test/support/database.ts'
import { idOf } from '@docket/test/support/events.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { until } from '@docket/test/support/until.ts'
import type { Database } from '../database/database.ts'
import { mysqlDatabase } from '../database/mysql.ts'
import { postgresDatabase } from '../database/postgres.ts'
import { logger } from '../log.ts'
import { showDebeziumMode } from './debezium-mode.ts'
import { publish, type OutgoingEvent } from './outbox.ts'
import { resendLast } from './resend.ts'

// Rows go in the transaction that wrote them. That Debezium reads them all the same is shown by npm run debezium:test.

const log = logger('test', 'fatal')

const cancelled = (order: string, sequence = 1): OutgoingEvent => ({
  type: 'order.cancelled',
  key: idOf(order),
  sequence,
  data: { orderId: idOf(order), reason: 'requested', detail: `change ${sequence}` },
})

interface Replicas {
  db: Database
  withRelay: Database
}

const options = (url: string) => ({ url, pool: 4, log, onAppended: () => undefined, outbox: 'debezium' as const })

const databases: [string, (t: ExecutionContext) => Promise<Replicas>][] = [
  [
    'PostgreSQL',
    async t => {
      const withRelay = await aDatabase(t, 'shipping-service')
      const db = postgresDatabase(options(withRelay.url))
      t.teardown(() => db.close())
      return { db, withRelay }
    },
  ],
  [
    'MySQL',
    async t => {
      const withRelay = await aMysqlDatabase(t)
      const db = mysqlDatabase(options(withRelay.url))
      t.teardown(() => db.close())
      return { db, withRelay }
    },
  ],
]

const rowsOf = async (db: Database) => (await db.outbox.depth()).rows

for (const [name, make] of databases) {
  test(`${name}: a transaction takes out of the outbox what it put in, and nothing else`, async t => {
    const { db, withRelay } = await make(t)
    await withRelay.transaction(tx => publish(tx, [cancelled('A'), cancelled('B')]))
    await db.transaction(async tx => {
      await publish(tx, [cancelled('C'), cancelled('A', 2)])
      await withRelay.transaction(other => publish(other, [cancelled('D')])) // between two of its inserts
      await publish(tx, [cancelled('C', 2)])
    })
    t.is(await rowsOf(db), 3)
  })

  test(`${name}: a thousand events and more, of transactions that run at once, are all gone`, async t => {
    const { db } = await make(t)
    const batch = (order: string) => Array.from({ length: 1_200 }, (_, n) => cancelled(order, n + 1))
    await Promise.all(['A', 'B', 'C'].map(order => db.transaction(tx => publish(tx, batch(order)))))
    t.is(await rowsOf(db), 0)
  })

  test(`${name}: the modes in which replicas run are seen by all of them`, async t => {
    const { db, withRelay } = await make(t)
    const modes = async () => (await db.outbox.depth()).modes
    t.deepEqual(await modes(), [])
    const shown = showDebeziumMode(db.outbox, log)
    await until('its mode is shown', async () => (await modes()).length === 1)
    t.deepEqual(await modes(), ['debezium'])
    const lead = await withRelay.outbox.lead()
    t.deepEqual(await modes(), ['relay', 'debezium'])
    await shown.stop()
    await until('it is no longer', async () => (await modes()).length === 1)
    t.deepEqual((await withRelay.outbox.depth()).modes, ['relay'])
    await lead?.release()
  })

  test(`${name}: another replica shows the mode when the first has gone`, async t => {
    const { db, withRelay } = await make(t)
    const first = showDebeziumMode(db.outbox, log)
    const isShown = async () => (await db.outbox.depth()).modes.includes('debezium')
    await until('the first shows it', isShown)
    const second = showDebeziumMode(withRelay.outbox, log)
    t.teardown(() => second.stop())
    await first.stop()
    t.true(await until('the second shows it', isShown, 10_000))
  })
}

const aPostgres = (databases[0] as (typeof databases)[number])[1]

test('the last event about an order is kept as the relay keeps it, and can be sent again', async t => {
  const { db } = await aPostgres(t)
  await db.transaction(async tx => {
    await publish(tx, [cancelled('A'), cancelled('B'), cancelled('A', 3)])
    await publish(tx, [cancelled('A', 2)])
  })
  const kept = async () =>
    (await db.read.query('SELECT aggregateid, sequence FROM last_events ORDER BY aggregateid')).rows
  const last = [idOf('A'), idOf('B')].sort().map(key => ({ aggregateid: key, sequence: key === idOf('A') ? 3 : 1 }))
  t.deepEqual(await kept(), last)
  t.is((await db.transaction(tx => resendLast(tx, idOf('A'))))?.sequence, 3)
  t.deepEqual(await kept(), last)
  t.is(await rowsOf(db), 0)
})

test('of a transaction that fails nothing is kept', async t => {
  const { db } = await aPostgres(t)
  await t.throwsAsync(
    db.transaction(async tx => {
      await publish(tx, [cancelled('A')])
      throw new Error('no')
    }),
    { message: 'no' },
  )
  t.is((await db.read.query('SELECT FROM last_events')).rowCount, 0)
  await db.transaction(tx => publish(tx, [cancelled('B')])) // on the same connection
  t.is(await rowsOf(db), 0)
})

test('replicas that publish about the same orders do not deadlock', async t => {
  const { db } = await aPostgres(t)
  const orders = ['A', 'B', 'C', 'D', 'E', 'F']
  const round = (order: readonly string[], sequence: number) =>
    db.transaction(async tx => {
      for (const one of order) await publish(tx, [cancelled(one, sequence)])
    })
  for (let n = 0; n < 10; n++)
    await t.notThrowsAsync(Promise.all([round(orders, 2 * n + 1), round(orders.toReversed(), 2 * n + 2)]))
})
