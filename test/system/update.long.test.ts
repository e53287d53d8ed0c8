import { randomUUID } from 'node:crypto'
import test from 'ava'
import { addresses, serviceNames } from '@docket/addresses/addresses.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { checkoutOf, releaseBefore } from '@docket/test/support/release-before.ts'
import { endings, everyEnding, migrate } from '@docket/test/support/scenarios/updates.ts'
import { serviceProcesses, type ServiceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

// An update from the release before, built from the history: its services and those of this checkout share databases
// and topics, one after the other changes sides, and orders come all the time.

const before = releaseBefore()
const at = addresses()

let stack: Stack
let after: ServiceProcesses
if (before) {
  test.before(async () => {
    stack = await startStack({}, { checkout: checkoutOf(before) })
    // as in an update: unset, so that nothing is published that the release before does not know
    after = serviceProcesses(at, { env: Object.fromEntries(serviceNames.map(name => [name, { PRODUCES_FROM: '' }])) })
  })
  test.after.always(async () => {
    await stack?.stop()
    await after?.stop()
  })
}

/** What a next release says first: a type that neither side knows. */
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

type Consumer = 'inventory' | 'payment' | 'shipping'

/** The release before showed its metrics on the port of its API. */
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
    for (const name of serviceNames) {
      await after.kill(name, 'SIGTERM')
      await stack.start(name)
      t.deepEqual(await everyEnding(stack), endings, `${name} is of the release before again`)
    }
    t.deepEqual(await stack.reconcile(), [])
  })
