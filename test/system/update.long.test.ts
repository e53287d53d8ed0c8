import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses, serviceNames } from '@docket/addresses/addresses.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { checkoutOf, releaseBefore } from '@docket/test/support/release-before.ts'
import { endings, everyEnding, migrate, migrationsOf } from '@docket/test/support/scenarios/updates.ts'
import { logIn } from '@docket/test/support/client.ts'
import { serviceProcesses, type ServiceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

// An update from the previous release, built from the history: its services and those of this checkout share databases
// and topics, and switch sides one by one while orders keep arriving. Then back, by deploying the previous release;
// then what only the newer release needs is removed, and restored with it.

const before = releaseBefore()
const at = addresses()

let stack: Stack
let after: ServiceProcesses
if (before) {
  test.before(async () => {
    stack = await startStack({}, { checkout: checkoutOf(before) })
    // unset, as in an update, so that nothing is published that the previous release does not know
    after = serviceProcesses(at, { env: Object.fromEntries(serviceNames.map(name => [name, { PRODUCES_FROM: '' }])) })
  })
  test.after.always(async () => {
    await stack?.stop()
    await after?.stop()
  })
}

async function somethingNew(type: string): Promise<void> {
  const id = randomUUID()
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: '/order-service',
    ce_subject: id,
    ce_time: new Date().toISOString(),
    ce_sequence: '1',
    'content-type': 'application/json',
  }
  const kafka = kafkaClient({ brokers: at.kafkaBrokers, clientId: 'update-test' })
  await produceOnce(kafka, [{ topic: 'order-events', key: id, value: JSON.stringify({ orderId: id }), headers }])
}

async function ofACustomer(): Promise<{ username: string; password: string; order: string }> {
  const [mug, customer] = [await stack.item('mug', 5), await stack.customer()]
  const { id, status } = await stack.end(await stack.order(customer, { [mug]: 1 }))
  if (status !== 'completed') throw new Error(`the order was ${status}`)
  return { username: customer.username, password: customer.password, order: id }
}

type Consumer = 'inventory' | 'payment' | 'shipping'

async function metricsOf(service: Consumer): Promise<string> {
  const answer = await fetch(`${stack.ops[service]}/metrics`).catch(() => undefined)
  return (answer ?? (await fetch(`${stack.services[service]}/metrics`))).text()
}

const untilIgnored = (service: Consumer, type: string) =>
  until(`${service} has ignored ${type}`, async () => (await metricsOf(service)).includes(`type="${type}"`))

const noDeadLetterOf = async (type: string) => !(await stack.mgmt(['dlq', 'list', '-o', 'json'])).stdout.includes(type)

if (before === undefined)
  test.skip('an update from the release before (left out: the history does not reach back to it)', () => undefined)
else
  test.serial(`release ${before.name} is updated service by service, and goes back, and no order notices`, async t => {
    t.timeout(300_000)
    const type = `order.noticed${Date.now() % 1_000_000}`.replaceAll(/\d/g, digit =>
      String.fromCharCode(97 + Number(digit)),
    )
    await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
    t.deepEqual(await everyEnding(stack), endings)
    await somethingNew(type)
    for (const service of ['inventory', 'payment', 'shipping'] as const) await untilIgnored(service, type)
    for (const name of serviceNames) {
      await migrate(name)
      await stack.kill(name, 'SIGTERM')
      await after.start(name)
      t.deepEqual(await everyEnding(stack), endings, `${name} is of this release now`)
    }
    await somethingNew(type)
    for (const service of ['inventory', 'payment', 'shipping'] as const) await untilIgnored(service, type)
    t.true(await noDeadLetterOf(type))
    const { username, password, order } = await ofACustomer()
    for (const name of serviceNames) {
      await after.kill(name, 'SIGTERM')
      await stack.start(name)
      t.deepEqual(await everyEnding(stack), endings, `${name} is of the release before again`)
    }
    const seen = async () => {
      const customer = await logIn(stack.services, username, password)
      return (await customer.get('order', `/orders/${order}`)).body.status
    }
    t.is(await seen(), 'completed', 'the release before knows what came while it was down')
    t.deepEqual(await stack.reconcile(), [])
    for (const name of serviceNames) {
      const to = migrationsOf(name, before.name)
      t.regex(await migrate(name, 'down', '--to', to, '--yes'), new RegExp(`^the database is at migration ${to}`, 'm'))
    }
    t.deepEqual(await everyEnding(stack), endings, 'the release before needs nothing of what is gone')
    for (const name of serviceNames) {
      await stack.kill(name, 'SIGTERM')
      await after.start(name)
    }
    t.deepEqual(await everyEnding(stack), endings, 'this release has brought its schema up to date again')
    t.is(await seen(), 'completed')
    t.deepEqual(await stack.reconcile(), [])
  })
