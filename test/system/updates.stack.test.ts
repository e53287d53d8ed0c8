import test from 'ava'
import mysql from 'mysql2/promise'
import { query } from '@docket/reconciliation/query.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { endings, everyEnding, migrate, migrationsOf } from '@docket/test/support/scenarios/updates.ts'
import { serviceProcesses } from '@docket/test/support/services.ts'
import { slow } from '@docket/test/support/slow.ts'
import { until } from '@docket/test/support/until.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

// A schema update under a running release. This checkout plays the previous release, and what a next one might add is
// added to each table by hand; tools/check/expand.ts ensures that migrations add no more than that.

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())

const services = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const
const next = {
  name: '9999_next',
  columns: ['ADD COLUMN next_note text', "ADD COLUMN next_kind varchar(20) NOT NULL DEFAULT 'plain'"],
}
const databaseUrl = (service: (typeof services)[number] | 'user-service') =>
  environmentOf(service, addresses(), secrets(addresses().dir)).DATABASE_URL ?? ''

type Run = (sql: string) => Promise<Record<string, unknown>[]>

async function onEach(work: (run: Run, schema: string) => Promise<void>): Promise<void> {
  for (const service of services) await work(sql => query(databaseUrl(service), sql), 'public')
  const connection = await mysql.createConnection(databaseUrl('user-service'))
  await work(async sql => (await connection.query(sql))[0] as Record<string, unknown>[], 'users').finally(() =>
    connection.end(),
  )
}

const tablesOf = async (run: Run, schema: string) =>
  (
    await run(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${schema}' AND table_name <> 'migrations'`,
    )
  ).map(({ name }) => String(name))

const expand = () =>
  onEach(async (run, schema) => {
    for (const table of await tablesOf(run, schema)) await run(`ALTER TABLE ${table} ${next.columns.join(', ')}`)
    await run(`INSERT INTO migrations (name) VALUES ('${next.name}')`)
  })

/** Other tests use these databases, too, so everything added is removed. */
const revert = () =>
  onEach(async (run, schema) => {
    for (const table of await tablesOf(run, schema))
      await run(`ALTER TABLE ${table} DROP COLUMN next_note, DROP COLUMN next_kind`)
    await run(`DELETE FROM migrations WHERE name = '${next.name}'`)
  })

test.serial('a release goes on while the schema of the next one comes, and starts again on it', async t => {
  slow(t, 9, 'five services are ended and started again, one after the other')
  t.deepEqual(await everyEnding(stack), endings) // so that its statements are prepared and its plans made
  await expand()
  try {
    t.deepEqual(await everyEnding(stack), endings)
    for (const name of [...services, 'user-service'] as const)
      await stack.processes.whileDown(name, async () => undefined)
    for (const name of [...services, 'user-service'] as const) await stack.processes.untilReady(name)
    t.deepEqual(await everyEnding(stack), endings)
    t.deepEqual(await stack.reconcile(), [])
  } finally {
    await revert()
  }
})

test.serial('each service can bring its schema up to date and end, as a job before its release does', async t => {
  for (const name of [...services, 'user-service'] as const) {
    const stdout = await migrate(name)
    t.regex(stdout, /up to date/) // one that hangs fails at the time limit
  }
})

for (const name of ['user-service', 'payment-service'] as const)
  test.serial(`nothing that ${name} needs is taken away while a replica of it is up`, async t => {
    const error = await t.throwsAsync<Error & { code: number; stdout: string; stderr: string }>(
      migrate(name, 'down', '--to', migrationsOf(name, '0.1.0'), '--yes'),
    )
    t.is(error?.code, 1)
    t.regex(error?.stdout ?? '', /^reverting \d+ of \d+ migrations deletes:\n {2}\d{4}_/)
    t.regex(error?.stderr ?? '', /^nothing was changed: a replica is up whose release needs this; /)
    t.regex(await migrate(name), /up to date/)
  })

test.serial('a draining service is not ready, answers until its server closes, and ends in time', async t => {
  slow(t, 9, 'a service that drains waits for 6 s')
  await stack.kill('order-service', 'SIGTERM')
  const draining = serviceProcesses(addresses(), { env: { 'order-service': { DRAIN_DELAY: '6s' } } })
  t.teardown(() => draining.stop())
  await draining.start('order-service')
  const began = Date.now()
  const ended = draining.kill('order-service', 'SIGTERM')
  const readiness = async () => (await fetch(`${stack.services.order}/readyz`)).status
  await until('it is not ready', async () => (await readiness()) === 503)
  const notReadyMs = Date.now()
  const seen: number[] = []
  while (Date.now() - notReadyMs < 1_500) {
    seen.push((await stack.operator.get('order', '/orders?limit=1')).status) // who may ask often
    t.is(await readiness(), 503)
  }
  t.true(seen.length > 2)
  t.deepEqual(
    seen.filter(status => status !== 200),
    [],
  )
  await ended
  t.true(Date.now() - began >= 6_000)
})
