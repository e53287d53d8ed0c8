import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import test from 'ava'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { query } from '@docket/reconciliation/query.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

// What can be tested without Debezium of services that leave their events to it; npm run debezium:test has the rest.

const run = promisify(execFile)

let stack: Stack
test.before(async () => {
  const env = { OUTBOX: 'debezium' }
  stack = await startStack({ 'user-service': env, 'shipping-service': env })
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
})
test.after.always(() => stack?.stop())

const outboxOf = async (service: keyof Stack['services']) =>
  ((await (await fetch(`${stack.ops[service]}/readyz`)).json()) as { outbox: Record<string, unknown> }).outbox

const checked = async () => {
  const { stdout } = await stack.mgmt(['doctor', '-o', 'json'])
  return (JSON.parse(stdout) as { name: string; ok: boolean; text: string }[]).find(
    ({ name }) => name === 'outbox modes',
  )
}

test.serial('no relay runs, the outbox stays empty, and the service says so', async t => {
  await stack.customer() // its user.signed_up is written and deleted
  await until('the mode is shown', async () => (await outboxOf('user')).modes?.toString() === 'debezium')
  t.deepEqual(await outboxOf('user'), { mode: 'debezium', rows: 0, oldestSeconds: 0, modes: ['debezium'] })
  t.like(await outboxOf('order'), { mode: 'relay', modes: ['relay'] })
  const metricsOf = async (service: keyof Stack['services']) =>
    await (await fetch(`${stack.ops[service]}/metrics`)).text()
  t.notRegex(await metricsOf('user'), /^docket_outbox_/m)
  t.regex(await metricsOf('order'), /^docket_outbox_rows/m)
  t.regex((await stack.mgmt(['status'])).stdout, /^user-service .* debezium /m)
})

test.serial('doctor refuses a mix of modes', async t => {
  t.like(await checked(), {
    ok: false,
    text: 'not the same for all: debezium: user-service, shipping-service; relay: order-service, inventory-service, payment-service',
  })
})

test.serial('doctor names rows that a relay has left, until drain has sent them', async t => {
  await query(
    stack.sources.shipping,
    `INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, payload)
     VALUES ($1, 'shipping', $2, 'parcel.weighed', 1, now(), '{}')`, // of a type that its consumers ignore
    [randomUUID(), randomUUID()],
  )
  t.regex((await checked())?.text ?? '', /shipping-service: 1 events were left by a relay/)
  const [node = process.execPath, ...args] = commandOf('shipping-service')
  const env = environmentOf('shipping-service', stack.at, secrets(stack.at.dir))
  const { stdout } = await run(node, [...args, 'drain'], { env: { PATH: process.env.PATH, ...env } })
  t.regex(stdout, /the outbox is empty/)
  t.like(await outboxOf('shipping'), { rows: 0 })
  t.notRegex((await checked())?.text ?? '', /left by a relay/)
})
