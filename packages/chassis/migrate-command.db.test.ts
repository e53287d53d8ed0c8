import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { addresses, serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { until } from '@docket/test/support/until.ts'
import type { Database } from './database/database.ts'
import { firstRelease, migrationFiles } from './database/migrations.ts'
import { logger } from './log.ts'
import { migrateDown } from './migrate-command.ts'
import { keepShowing } from './replica-presence.ts'

type TestDatabase = Database & { url: string }

const log = logger('test', 'fatal')
const open = (t: ExecutionContext, service: ServiceName): Promise<TestDatabase> =>
  service === 'user-service' ? aMysqlDatabase(t) : aDatabase(t, service)
const folderOf = (service: ServiceName) => new URL(`../../${service}/migrations/`, import.meta.url)

interface NextRelease {
  folder: URL
  before: number
  name: string
}

/** The migrations of a service, and one more, as the release after this one might bring it. */
async function aNextRelease(
  t: ExecutionContext,
  service: ServiceName,
  down = 'ALTER TABLE idempotency_keys DROP COLUMN next_kind;\nDROP TABLE next_notes;',
): Promise<NextRelease> {
  const path = await mkdtemp(join(tmpdir(), 'docket-migrations-'))
  t.teardown(() => rm(path, { recursive: true }))
  await cp(fileURLToPath(folderOf(service)), path, { recursive: true })
  const folder = pathToFileURL(`${path}/`)
  const before = (await migrationFiles(folder)).length
  const name = `${String(before + 1).padStart(4, '0')}_next`
  await writeFile(
    join(path, `${name}.up.sql`),
    `CREATE TABLE next_notes (id int PRIMARY KEY);
    ALTER TABLE idempotency_keys ADD COLUMN next_kind varchar(20) NOT NULL DEFAULT 'plain';`,
  )
  await writeFile(join(path, `${name}.down.sql`), down)
  return { folder, before, name }
}

async function fill(service: ServiceName, { transaction, claimKeys }: Database): Promise<void> {
  const keyIs = service === 'user-service' ? '`key` =' : 'key ='

  const keys = ['a', 'b', 'c'].map(key => ({ scope: 'anyone POST /orders', key, fingerprint: 'f' }))
  await transaction(async tx => {
    await claimKeys(tx, keys)
    await tx.query(`UPDATE idempotency_keys SET next_kind = 'gift' WHERE ${keyIs} 'a'`)
    await tx.query('INSERT INTO next_notes (id) VALUES (1), (2)')
  })
}

const keysIn = async ({ read }: Database) => (await read.query('SELECT scope FROM idempotency_keys')).rowCount

async function down(db: Database, folder: URL, to: number, isConfirmed = true) {
  const lines: string[] = []
  const isDown = await migrateDown(folder, db, { to, isConfirmed }, line => lines.push(line))
  return { isDown, lines }
}

for (const service of serviceNames) {
  test(`what a release of ${service} brought is deleted on the way back, and comes again without its data`, async t => {
    const [db, { folder, before, name }] = [await open(t, service), await aNextRelease(t, service)]
    t.deepEqual(await db.migrate(folder), [name])
    await fill(service, db)
    const says = [
      `reverting 1 of ${before + 1} migrations deletes:`,
      `  ${name}: the column idempotency_keys.next_kind, which has a value of its own in 1 of 3 rows`,
      `  ${name}: the table next_notes, with its 2 rows`,
    ]
    t.deepEqual(await down(db, folder, before, false), {
      isDown: false,
      lines: [...says, 'nothing was changed: --yes does it'],
    })
    t.is((await db.read.query('SELECT id FROM next_notes')).rowCount, 2)
    t.deepEqual(await down(db, folder, before), {
      isDown: true,
      lines: [...says, `reverted ${name}`, `the database is at migration ${before}`],
    })
    await t.throwsAsync(db.read.query('SELECT id FROM next_notes'))
    await t.throwsAsync(db.read.query('SELECT next_kind FROM idempotency_keys'))
    t.is(await keysIn(db), 3)
    t.deepEqual(await db.migrate(folderOf(service)), [], 'the release before starts on it')
    t.deepEqual(await down(db, folder, before), {
      isDown: true,
      lines: [`the database is at migration ${before}; there is nothing to revert`],
    })
    t.deepEqual(await db.migrate(folder), [name])
    t.is((await db.read.query(`SELECT scope FROM idempotency_keys WHERE next_kind = 'plain'`)).rowCount, 3)
    t.is((await db.read.query('SELECT id FROM next_notes')).rowCount, 0)
  })

  test(`${service} goes back to its first release and no further, and its rows are there still`, async t => {
    const [db, folder] = [await open(t, service), folderOf(service)]
    const { release, migrations: lowest } = (await firstRelease(folder)) ?? { release: '', migrations: 0 }
    const later = (await migrationFiles(folder)).slice(lowest).map(({ name }) => name)
    const count = await rowsOf[service](db)
    t.true((await down(db, folder, lowest)).isDown)
    t.deepEqual(
      await db.schema(schema => schema.applied()),
      (await migrationFiles(folder)).slice(0, lowest).map(({ name }) => name),
    )
    await t.throwsAsync(down(db, folder, lowest - 1), {
      message: `release ${release} needs the migrations up to ${lowest}: below them there is only a backup`,
    })
    t.deepEqual(await db.migrate(folder), later)
    t.is(await count(), 1)
  })
}

/** Writes a row with whatever the migrations since the first release brought. Returns how many there are. */
const rowsOf: Record<ServiceName, (db: Database) => Promise<() => Promise<number>>> = {
  'user-service': async ({ transaction, read }) => {
    await transaction(async tx => {
      await tx.query(`INSERT INTO users (id, username, password_hash, role, created_at, rights_version, disabled_at, observes)
        VALUES ('u', 'ada', 'h', 'customer', UTC_TIMESTAMP(3), 2, UTC_TIMESTAMP(3), TRUE)`)
      await tx.query(`INSERT INTO known_addresses VALUES ('ada', 'hash', UTC_TIMESTAMP(3))`)
      await tx.query(`INSERT INTO sessions (id, user_id, refresh_hash, mark_key, created_at, last_used_at, expires_at, ip, user_agent)
        VALUES ('s', 'u', 'r', 'm', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), '127.0.0.1', '')`)
    })
    return async () =>
      (
        await read.query(
          `SELECT 1 FROM users JOIN sessions ON user_id = users.id WHERE rights_version = 1 AND NOT observes`,
        )
      ).rowCount
  },
  'order-service': withKey,
  'inventory-service': withKey,
  'payment-service': async ({ transaction, read }) => {
    await transaction(tx =>
      tx.query(`INSERT INTO payments (order_id, id, status, amount, currency, token, customer_id)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'succeeded', 5, 'EUR', 't', gen_random_uuid())`),
    )
    return async () => (await read.query('SELECT 1 FROM payments WHERE amount = 5 AND customer_id IS NULL')).rowCount
  },
  'shipping-service': async ({ transaction, read }) => {
    await transaction(tx =>
      tx.query(`INSERT INTO shipments (order_id, id, carrier, tracking_number, lines, customer_id)
        VALUES (gen_random_uuid(), gen_random_uuid(), 'Harbour Post', 'HP1', '[]', gen_random_uuid())`),
    )
    return async () => (await read.query('SELECT 1 FROM shipments WHERE customer_id IS NULL')).rowCount
  },
}

/** Of services without a migration since then. */
async function withKey(db: Database): Promise<() => Promise<number>> {
  await db.transaction(tx => db.claimKeys(tx, [{ scope: 'anyone POST /orders', key: 'a', fingerprint: 'f' }]))
  return () => keysIn(db)
}

for (const [kind, service] of [
  ['PostgreSQL', 'shipping-service'],
  ['MySQL', 'user-service'],
] as const) {
  test(`${kind}: while a replica of the newer release is up there is no way down; older ones may be`, async t => {
    const [db, { folder, before }] = [await open(t, service), await aNextRelease(t, service)]
    await db.migrate(folder)
    const [older, newer, another] = await Promise.all(
      [before, before + 1, before + 1].map(count => db.showReplica(count)),
    )
    t.teardown(async () => older?.release())
    await t.throwsAsync(down(db, folder, before), { message: /^nothing was changed: 2 replicas are up/ })
    await newer?.release()
    await until('it is gone', () => db.schema(async schema => (await schema.replicasBeyond(before, before + 1)) === 1))
    await t.throwsAsync(down(db, folder, before), { message: /^nothing was changed: a replica is up/ })
    await another?.release()
    await until('both are gone', () =>
      db.schema(async schema => (await schema.replicasBeyond(before, before + 1)) === 0),
    )
    t.true((await down(db, folder, before)).isDown)
  })

  test(`${kind}: a replica that lost its connection is soon seen again, and after its end no more`, async t => {
    const db = await open(t, service)
    const replicas = () => db.schema(schema => schema.replicasBeyond(0, 1))
    const shown: AbortSignal[] = []
    const show = async () => {
      const hold = await db.showReplica(1)
      shown.push(hold.lost)
      return hold
    }
    const presence = keepShowing(await show(), show, log)
    await db.read.query(
      kind === 'MySQL'
        ? `KILL ${(await lockHolder(db)) ?? ''}`
        : `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'replica'`,
    )
    await until('it is shown again', async () => shown[0]?.aborted && shown.length === 2 && (await replicas()) === 1)
    await presence.stop()
    await until('it is gone', async () => (await replicas()) === 0)
    t.is(shown.length, 2)
  })

  test(`${kind}: who migrates is waited for, and then named as the reason`, async t => {
    const [db, { folder, before }] = [await open(t, service), await aNextRelease(t, service)]
    await db.migrate(folder)
    await db.schema(async () => {
      await t.throwsAsync(down(db, folder, before), { message: 'another process is migrating this database' })
    })
  })
}

const lockHolder = async ({ read }: Database) =>
  (await read.query<{ id: number }>(`SELECT IS_USED_LOCK(CONCAT(DATABASE(), '.replica.1.0')) AS id`)).rows[0]?.id

test('PostgreSQL: a way down that fails halfway has changed nothing', async t => {
  const db = await open(t, 'order-service')
  const { folder, before, name } = await aNextRelease(
    t,
    'order-service',
    'DROP TABLE next_notes;\nDROP TABLE not_there;',
  )
  await db.migrate(folder)
  await t.throwsAsync(down(db, folder, before), { message: `${name} was not reverted, or only in part; try again` })
  t.is((await db.read.query('SELECT id FROM next_notes')).rowCount, 0)
  t.deepEqual(await db.migrate(folder), [])
})

test('MySQL: a way down that fails halfway keeps out the release that needs what is gone, until it is finished', async t => {
  const db = await open(t, 'user-service')
  const { folder, before, name } = await aNextRelease(t, 'user-service', 'DROP TABLE next_notes;\nDROP TABEL letters;')
  await db.migrate(folder)
  await t.throwsAsync(down(db, folder, before), { message: `${name} was not reverted, or only in part; try again` })
  await t.throwsAsync(db.migrate(folder), {
    message: `${name} was only partly reverted: finish it with \`migrate down --to ${before}\``,
  })
  t.deepEqual(await db.migrate(folderOf('user-service')), [], 'the release before does not need it')
  await writeFile(
    new URL(`${name}.down.sql`, folder),
    'DROP TABLE next_notes;\nALTER TABLE idempotency_keys DROP COLUMN next_kind;',
  )
  const { isDown, lines } = await down(db, folder, before)
  t.true(isDown)
  t.deepEqual(lines.slice(1, -2), [
    `  ${name}: the column idempotency_keys.next_kind, which has a value of its own in 0 of 0 rows`,
  ])
  t.deepEqual(await db.migrate(folder), [name])
})

interface Ended {
  status: number
  stdout: string
  stderr: string
}

function migrate(service: ServiceName, url: string, args: string[]): Promise<Ended> {
  const at = addresses()
  const [node = process.execPath, ...command] = commandOf(service)
  const env = { PATH: process.env.PATH, ...environmentOf(service, at, secrets(at.dir)), DATABASE_URL: url }
  return new Promise(resolve => {
    execFile(node, [...command, 'migrate', ...args], { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

test('main.ts migrate down: 0 when it is down, 1 when nothing was changed, 2 for arguments that mean nothing', async t => {
  const db = await open(t, 'payment-service')
  const says = /^reverting .* deletes:\n(?:.*\n)*  0010_customers: the column payments\.customer_id, which has a/
  const unconfirmed = await migrate('payment-service', db.url, ['down', '--to', '9'])
  t.is(unconfirmed.status, 1)
  t.regex(unconfirmed.stdout, says)
  const unknown = await migrate('payment-service', db.url, ['dwon', '--to', '9'])
  t.is(unknown.status, 2)
  t.regex(unknown.stderr, /^usage: main\.ts migrate /)
  const below = await migrate('payment-service', db.url, ['down', '--to', '8', '--yes'])
  t.deepEqual(below, {
    status: 1,
    stdout: '',
    stderr: 'release 0.1.0 needs the migrations up to 9: below them there is only a backup\n',
  })
  const done = await migrate('payment-service', db.url, ['down', '--to', '9', '--yes'])
  t.is(done.status, 0, done.stderr)
  t.regex(done.stdout, /\nthe database is at migration 9\n$/)
})
