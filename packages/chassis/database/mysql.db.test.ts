import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { idOf } from '@docket/test/support/events.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startProxy, viaProxy } from '@docket/test/support/proxy.ts'
import { until } from '@docket/test/support/until.ts'
import type { Database, Tx } from './database.ts'
import { logger } from '../log.ts'
import { mysqlDatabase } from './mysql.ts'
import { publish } from '../messaging/outbox.ts'

// Only what is specific to MySQL and its driver; what holds for both databases is in database.db.test.ts.

const log = logger('test', 'fatal')

async function behindANetwork(t: ExecutionContext, { pool = 2 } = {}) {
  const { url, read } = await aMysqlDatabase(t)
  const { hostname: host, port } = new URL(url)
  const network = await startProxy({ host, port: Number(port) })
  t.teardown(() => network.close())
  await read.query('CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(100) CHARACTER SET utf8mb4)')
  return {
    direct: read,
    freeze: network.halfOpen,
    open(limits: { connectMs: number; statementMs: number }, login: { password?: string } = {}) {
      const way = Object.assign(new URL(viaProxy(url, network)), login).href
      const db = mysqlDatabase({ url: way, pool, log, onAppended: () => undefined, limits })
      t.teardown(() => db.close())
      return db
    },
    /** As if a router came back that has forgotten every connection. */
    thaw() {
      network.heal()
      network.cut()
    },
  }
}

const note = (tx: Tx, id: number, text = 'x') => tx.query('INSERT INTO notes (id, text) VALUES (?, ?)', [id, text])
const notes = async (tx: Tx) =>
  (await tx.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).rows.map(row => row.id)

const untilConnected = (db: Database) =>
  until('it is connected, which takes longer on a busy machine', () => db.ping().then(() => true))

async function failsForAWhile(t: ExecutionContext, db: Database, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work)
  t.true(db.isTransient(error), String(error))
}

test('a network that says nothing any more costs a time limit, not the service', async t => {
  slow(t, 10, 'those are the time limits')
  const net = await behindANetwork(t)
  const db = net.open({ connectMs: 6_000, statementMs: 4_000 })
  await untilConnected(db)
  await failsForAWhile(
    t,
    db,
    db.transaction(async tx => {
      await note(tx, 1)
      net.freeze()
      await note(tx, 2)
    }),
  )
  await Promise.all([failsForAWhile(t, db, db.ping()), failsForAWhile(t, db, db.read.query('SELECT 1'))])
  net.thaw()
  await until('the database is there again', () => db.ping().then(() => true))
  t.deepEqual(await notes(db.read), [])
})

test('a commit that is not answered is a transient failure', async t => {
  const net = await behindANetwork(t)
  const db = net.open({ connectMs: 10_000, statementMs: 4_000 })
  await untilConnected(db)
  await failsForAWhile(
    t,
    db,
    db.transaction(async tx => {
      await note(tx, 1)
      net.freeze()
    }),
  )
})

test('a statement that exceeds its time limit is given up, and its connection with it', async t => {
  const net = await behindANetwork(t, { pool: 1 })
  const db = net.open({ connectMs: 10_000, statementMs: 4_000 })
  await failsForAWhile(t, db, db.read.query('SELECT SLEEP(30)'))
  await t.notThrowsAsync(db.ping())
})

test('without a free connection in time work fails as transient; with one it goes on', async t => {
  const net = await behindANetwork(t, { pool: 1 })
  const db = net.open({ connectMs: 1_000, statementMs: 5_000 })
  await untilConnected(db)
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const holder = db.transaction(async tx => {
    await note(tx, 1)
    await held
  })
  await until('it holds the only connection', async () => db.poolSize().total === 1 && db.poolSize().idle === 0)
  await failsForAWhile(t, db, db.ping())
  t.deepEqual(db.poolSize(), { total: 1, idle: 0, waiting: 0 })
  letGo()
  await holder
  await t.notThrowsAsync(db.ping())
  t.deepEqual(db.poolSize(), { total: 1, idle: 1, waiting: 0 })
})

test('an unavailable server is a transient failure', async t => {
  const db = mysqlDatabase({ url: 'mysql://nobody:x@127.0.0.1:1/nothing', pool: 1, log, onAppended: () => undefined })
  t.teardown(() => db.close())
  await failsForAWhile(t, db, db.ping())
})

test('connections that are killed while idle are replaced, and the process lives', async t => {
  const net = await behindANetwork(t, { pool: 3 })
  const db = net.open({ connectMs: 10_000, statementMs: 10_000 })
  const ids = await Promise.all(
    [1, 2, 3].map(() => db.read.query<{ id: number }>('SELECT CONNECTION_ID() AS id, SLEEP(0.05)')),
  )
  // one connection may have served two
  for (const id of new Set(ids.map(({ rows: [row] }) => row?.id))) await net.direct.query(`KILL ${id}`)
  await until('they are gone', async () => db.poolSize().total === 0)
  await t.notThrowsAsync(db.ping())
})

test('a server that has become read-only is waited for, and its connections are given up', async t => {
  const net = await behindANetwork(t, { pool: 2 })
  const db = net.open({ connectMs: 10_000, statementMs: 10_000 })
  const change = db.transaction(tx =>
    tx.query("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290, MESSAGE_TEXT = 'running with --read-only'"),
  )
  t.true(db.isTransient(await t.throwsAsync(change)))
  await until('its connection is gone', async () => db.poolSize().total === 0)
})

test('a login that is refused, as after a new password, is a transient failure', async t => {
  const net = await behindANetwork(t)
  const db = net.open({ connectMs: 10_000, statementMs: 10_000 }, { password: 'of-yesterday' })
  t.true(
    db.isTransient(
      await t.throwsAsync(
        db.transaction(tx => note(tx, 1)),
        { code: 'ER_ACCESS_DENIED_ERROR' },
      ),
    ),
  )
})

test('after a statement that failed nothing is committed, also when the work goes on', async t => {
  const net = await behindANetwork(t)
  const db = net.open({ connectMs: 10_000, statementMs: 10_000 })
  await note(db.read, 1)
  await t.throwsAsync(
    db.transaction(async tx => {
      await note(tx, 2)
      await t.throwsAsync(note(tx, 1))
      await t.throwsAsync(note(tx, 3), { message: /a statement before this one has failed/ })
    }),
    { code: 'ER_DUP_ENTRY' },
  )
  t.deepEqual(await notes(db.read), [1])
})

test('of two transactions in a deadlock one fails for a while, and leaves nothing behind', async t => {
  const net = await behindANetwork(t)
  const db = net.open({ connectMs: 10_000, statementMs: 10_000 })
  for (const id of [1, 2]) await note(db.read, id)
  const lock = (tx: Tx, id: number) => tx.query('SELECT id FROM notes WHERE id = ? FOR UPDATE', [id])
  const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const work = (own: 0 | 1) =>
    db.transaction(async tx => {
      await lock(tx, own + 1)
      both[own].resolve()
      await both[own ? 0 : 1].promise
      await lock(tx, own ? 1 : 2).catch(() => t.log('this one lost')) // and goes on as if nothing had happened
      await note(tx, own + 10)
    })
  const [one, other] = await Promise.allSettled([work(0), work(1)])
  const failed = [one, other].filter(result => result.status === 'rejected')
  t.is(failed.length, 1)
  t.true(db.isTransient(failed[0]?.reason))
  t.is((await notes(db.read)).length, 3)
})

test('a transaction sees what others have committed meanwhile', async t => {
  const net = await behindANetwork(t)
  const db = net.open({ connectMs: 10_000, statementMs: 10_000 })
  t.deepEqual(
    await db.transaction(async tx => {
      const before = await notes(tx)
      await note(db.read, 1)
      return [before, await notes(tx)]
    }),
    [[], [1]],
  )
})

test('times are UTC, whatever the zone of the server', async t => {
  const { read } = await aMysqlDatabase(t)
  const at = new Date('2026-07-01T12:34:56.789Z')
  const {
    rows: [row],
  } = await read.query<{ at: Date; zone: string; apart: number }>(
    'SELECT CAST(? AS DATETIME(3)) AS at, @@session.time_zone AS zone, TIMESTAMPDIFF(SECOND, NOW(), UTC_TIMESTAMP()) AS apart',
    [at],
  )
  t.deepEqual(row, { at, zone: '+00:00', apart: 0 })
})

test('values are values: what looks like SQL is kept as it came', async t => {
  const { direct } = await behindANetwork(t)
  const text = `'); DROP TABLE notes; -- \\' " \` \u{1f511}`
  await note(direct, 1, text)
  t.is((await direct.query<{ text: string }>('SELECT text FROM notes WHERE text = ?', [text])).rows[0]?.text, text)
  await t.throwsAsync(direct.query('SELECT id FROM notes WHERE id = ?; DROP TABLE notes', [1]))
  t.deepEqual(await notes(direct), [1])
})

test('a great many events go out in one transaction, and come back in order', async t => {
  const db = await aMysqlDatabase(t)
  const count = 9_000 // more values than one statement holds
  await db.transaction(tx =>
    publish(
      tx,
      Array.from({ length: count }, (_, n) => ({
        type: 'order.completed' as const,
        key: idOf('A'),
        sequence: n + 1,
        data: { orderId: idOf('A') },
      })),
    ),
  )
  const lead = await db.outbox.lead()
  t.teardown(() => lead?.release())
  const rows = (await lead?.read(count, [])) ?? []
  t.deepEqual(
    rows.map(row => row.sequence),
    Array.from({ length: count }, (_, n) => n + 1),
  )
  await lead?.remove(rows.map(row => row.id))
  t.is((await db.outbox.depth()).rows, 0)
})

test('when the holder of a key fails, one of those who wait does the work, and the others get its answer', async t => {
  const db = await aMysqlDatabase(t)
  const { promise: all, resolve: goOn } = Promise.withResolvers<void>()
  const { promise: holds, resolve: isHeld } = Promise.withResolvers<void>()
  let work = 0
  const request = (fails: boolean) =>
    db.transaction(async tx => {
      const [first] = (await db.claimKeys(tx, [{ scope: 'scope', key: 'key', fingerprint: 'f' }])).values()
      if (first) return first.body
      if (fails) {
        isHeld()
        await all
        throw new Error('no')
      }
      work++
      await db.keepAnswers(tx, [{ scope: 'scope', key: 'key', fingerprint: 'f', status: 200, headers: {}, body: work }])
      return work
    })
  const holder = request(true)
  await holds
  const waiting = [request(false), request(false), request(false)]
  await until('they wait', async () => {
    const {
      rows: [row],
    } = await db.read.query<{ waiting: number }>(
      `SELECT COUNT(*) AS waiting FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'INSERT INTO idempotency_keys%'`,
    )
    return row?.waiting === 3
  })
  goOn()
  await t.throwsAsync(holder, { message: 'no' })
  const answers = await Promise.allSettled(waiting)
  for (const answer of answers)
    if (answer.status === 'rejected') t.true(db.isTransient(answer.reason), String(answer.reason))
  t.deepEqual([...new Set(answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : [])))], [1])
  t.is(work, 1)
})

test('the relay learns that its lock may be lost: the connection was killed', async t => {
  const { outbox, read } = await aMysqlDatabase(t)
  const lead = await outbox.lead()
  t.teardown(() => lead?.release())
  const {
    rows: [lock],
  } = await read.query<{ holder: number }>(`SELECT IS_USED_LOCK(CONCAT(DATABASE(), '.outbox')) AS holder`)
  await read.query(`KILL ${lock?.holder}`)
  await until('it knows', async () => lead?.lost.aborted)
  t.pass()
})

test('the relay learns that its lock may be lost: the network is silent', async t => {
  const net = await behindANetwork(t)
  const { outbox } = net.open({ connectMs: 10_000, statementMs: 4_000 })
  const lead = await until('it leads', () => outbox.lead())
  t.teardown(() => lead.release())
  net.freeze()
  await t.throwsAsync(lead.read(1, []), { code: 'ETIMEDOUT' })
  await until('it knows', async () => lead.lost.aborted)
})

test('a migration may hold several statements; one that fails is told, and made when it is mended', async t => {
  const { url } = await aMysqlDatabase(t)
  const admin = mysqlDatabase({ url, pool: 1, log, onAppended: () => undefined })
  t.teardown(() => admin.close())
  await admin.read.query('DELETE FROM migrations')
  const folder = await mkdtemp(join(tmpdir(), 'docket-migrations-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const migrations = pathToFileURL(`${folder}/`)
  await writeFile(join(folder, '0001_two.down.sql'), 'DROP TABLE one; DROP TABLE two;')
  await writeFile(join(folder, '0001_two.up.sql'), 'CREATE TABEL one (id INT);')
  await t.throwsAsync(admin.migrate(migrations), { code: 'ER_PARSE_ERROR' })
  await writeFile(join(folder, '0001_two.up.sql'), 'CREATE TABLE one (id INT); -- a word\nCREATE TABLE two (id INT);')
  t.deepEqual(await Promise.all([admin.migrate(migrations), admin.migrate(migrations)]).then(made => made.flat()), [
    '0001_two',
  ])
  t.deepEqual((await admin.read.query('SELECT * FROM two')).rows, [])
})
