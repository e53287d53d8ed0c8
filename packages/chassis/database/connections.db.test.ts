import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import pg from 'pg'
import { aDatabase, migrationsOf } from '@docket/test/support/database.ts'
import { startProxy, viaProxy } from '@docket/test/support/proxy.ts'
import { slow } from '@docket/test/support/slow.ts'
import { aStandby } from '@docket/test/support/standby.ts'
import { until } from '@docket/test/support/until.ts'
import { logger } from '../log.ts'
import type { Tx } from './database.ts'
import { isOutcomeUnknown } from './outcome.ts'
import { postgresDatabase } from './postgres.ts'
import { connection } from './postgres-connection.ts'

const silent = logger('test', 'fatal')

// PostgreSQL only; connections to MySQL are tested in mysql.db.test.ts, because its driver behaves differently.

test('connections that are cut while idle are replaced, and the process lives', async t => {
  const db = await aDatabase(t, 'shipping-service')
  await Promise.all([1, 2, 3].map(() => db.read.query('SELECT pg_sleep(0.05)')))
  const { rowCount } = await db.read.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  t.true(rowCount >= 2)
  await until('they are gone', async () => db.poolSize().total <= 1)
  await t.notThrowsAsync(db.ping())
})

test('a report changes nothing, waits for the one before it, and leaves the other connections alone', async t => {
  const db = await aDatabase(t, 'shipping-service')
  await t.throwsAsync(db.report('DELETE FROM migrations'), { message: /read-only transaction/ })
  const before = db.poolSize().total
  const now = () => db.report<{ pid: number }>('SELECT pg_backend_pid() AS pid, pg_sleep(0.05)')
  const [one, other] = await Promise.all([now(), now()])
  t.deepEqual(one, other, 'one connection')
  t.is(db.poolSize().total, before)
})

test('a report that takes longer than 5 s is refused', async t => {
  slow(t, 7, 'the limit of a report is 5 s')
  const db = await aDatabase(t, 'shipping-service')
  t.like(await db.report('SELECT pg_sleep(30)'), { refused: 'report_too_large' })
  t.like(await db.report('SELECT 1 AS one'), [{ one: 1 }])
})

test('a connection that is cut while it migrates is a transient failure, and the process lives', async t => {
  const { read, transaction, url } = await aDatabase(t, 'shipping-service')
  await transaction(tx => tx.query('DELETE FROM migrations'))
  const folder = await mkdtemp(join(tmpdir(), 'docket-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, '0001_slow.down.sql'), '')
  await writeFile(join(folder, '0001_slow.up.sql'), 'SELECT pg_sleep(5)')
  const { hostname: host, port } = new URL(url)
  const way = await startProxy({ host, port: Number(port) })
  t.teardown(() => way.close())
  const db = postgresDatabase({ url: viaProxy(url, way), pool: 1, log: silent, onAppended: () => undefined })
  t.teardown(() => db.close())
  const migration = t.throwsAsync(db.migrate(pathToFileURL(`${folder}/`)))
  await until(
    'it is at it',
    async () =>
      (
        await read.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT pg_sleep(5)'`,
        )
      ).rowCount === 1,
  )
  way.cut()
  t.true(db.isTransient(await migration))
})

test('a migration that waits for a table stops others only for a moment, and is made later', async t => {
  const { read, transaction, migrate, isTransient } = await aDatabase(t, 'shipping-service')
  const folder = await mkdtemp(join(tmpdir(), 'docket-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [way, change] of Object.entries({ up: 'ADD COLUMN more int', down: 'DROP COLUMN more' }))
    await writeFile(join(folder, `0001_more.${way}.sql`), `ALTER TABLE shipments ${change}`)
  await transaction(tx => tx.query('DELETE FROM migrations'))
  const backup = Promise.withResolvers<void>()
  const reads = Promise.withResolvers<void>()
  const reading = transaction(async tx => {
    await tx.query('SELECT id FROM shipments')
    reads.resolve()
    await backup.promise
  })
  await reads.promise
  const migration = t.throwsAsync(migrate(pathToFileURL(`${folder}/`)))
  await until('it waits', async () => (await read.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount > 0)
  await t.notThrowsAsync(read.query('SELECT id FROM shipments'))
  t.true(isTransient(await migration))
  backup.resolve()
  await reading
  t.deepEqual(await migrate(pathToFileURL(`${folder}/`)), ['0001_more'])
})

test('a server that has become a standby is waited for, and its connections are given up', async t => {
  const db = postgresDatabase({ url: await aStandby(t), pool: 2, log: silent, onAppended: () => undefined })
  t.teardown(() => db.close())
  await until('it answers', async () => (await db.read.query('SELECT 1')).rowCount === 1)
  const change = () => db.transaction(tx => tx.query('CREATE TABLE notes ()'))
  t.true(db.isTransient(await t.throwsAsync(change())))
  t.is(db.poolSize().total, 0)
  await db.read.query('SELECT 1')
  await t.throwsAsync(db.ping(), { message: /standby/ })
  t.is(db.poolSize().total, 0)
})

test('a login that is refused, as after a new password, is a transient failure', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const wrong = Object.assign(new URL(url), { password: 'of-yesterday' }).href
  const db = postgresDatabase({ url: wrong, pool: 1, log: silent, onAppended: () => undefined })
  t.teardown(() => db.close())
  const refused = { code: '28P01' }
  t.true(
    db.isTransient(
      await t.throwsAsync(
        db.transaction(tx => tx.query('SELECT 1')),
        refused,
      ),
    ),
  )
  t.true(db.isTransient(await t.throwsAsync(db.read.query('SELECT 1'), refused)))
})

test('an unknown authority, as after a certificate has expired, is a transient failure', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const secured = `${url}?sslmode=verify-full` // the server for tests has no certificate at all
  const db = postgresDatabase({ url: secured, pool: 1, log: silent, onAppended: () => undefined })
  t.teardown(() => db.close())
  t.true(db.isTransient(await t.throwsAsync(db.transaction(tx => tx.query('SELECT 1')))))
})

test('whether a transaction was committed is unknown only when its commit has no answer', async t => {
  const { url } = await aDatabase(t, 'shipping-service')
  const { hostname: host, port } = new URL(url)
  const way = await startProxy({ host, port: Number(port) })
  t.teardown(() => way.close())
  const db = postgresDatabase({ url: viaProxy(url, way), pool: 1, log: silent, onAppended: () => undefined })
  t.teardown(() => db.close())
  const cutAfter = (tx: Tx) => tx.query('SELECT 1').finally(way.cut)
  const before = await t.throwsAsync(db.transaction(tx => cutAfter(tx).then(() => tx.query('SELECT 2'))))
  t.deepEqual([db.isTransient(before), isOutcomeUnknown(before)], [true, false])
  const after = await t.throwsAsync(db.transaction(cutAfter))
  t.deepEqual([db.isTransient(after), isOutcomeUnknown(after)], [true, true])
})

test('the relay learns that its lock may be lost: the connection was cut', async t => {
  const { outbox, read } = await aDatabase(t, 'shipping-service')
  const lead = await outbox.lead()
  t.teardown(() => lead?.release())
  await read.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'outbox-relay'`,
  )
  await until('it knows', async () => lead?.lost.aborted)
  t.pass()
})

test('nothing waits for ever: neither for a connection, a lock or a statement, nor for a server that says nothing any more', t => {
  const limits = connection('postgres://x')
  const {
    lock_timeout: lock = 0,
    query_timeout: answer = 0,
    connectionTimeoutMillis: connecting = 0,
    idle_in_transaction_session_timeout: idle = 0,
  } = limits
  const statement = Number(limits.statement_timeout)
  for (const ms of [connecting, lock, statement, idle]) t.true(ms > 0 && ms <= 15_000, String(ms))
  t.true(lock < statement, 'the error of a waiting statement names the lock')
  t.true(answer > statement && answer < 20_000, "the server's own answer comes first, if there is one")
})

test('PostgreSQL ends a transaction that somebody has left open, unless its database has a setting of its own', async t => {
  const { migrate, url } = await aDatabase(t, 'shipping-service')
  const name = new URL(url).pathname.slice(1)
  const psql = async (sql: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query<{ setting: string }>(sql).finally(() => client.end())
    return rows[0]?.setting
  }
  const afterMigrating = async () => {
    await migrate(migrationsOf('shipping-service'))
    return psql(`SELECT current_setting('idle_in_transaction_session_timeout') AS setting`)
  }
  t.is(await afterMigrating(), '1min')
  for (const own of ['2h', '0']) {
    await psql(`ALTER DATABASE ${name} SET idle_in_transaction_session_timeout = '${own}'`)
    t.is(await afterMigrating(), own)
  }
})

test('a statement whose transaction did not begin changes nothing', async t => {
  const { read } = await aDatabase(t, 'shipping-service')
  await t.throwsAsync(read.query('DELETE FROM outbox'), { message: /read-only transaction/ })
})
