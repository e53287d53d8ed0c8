import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { jsonOf, stuckFor } from '@docket/test/support/scenarios/stuck.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

// What an operator sees of orders that make no progress, and can do about them; stuck.long.test.ts has orders that wait
// for a service or for the payment provider.

let stack: Stack
test.before(async () => {
  stack = await startStack({ 'order-service': { STUCK_AFTER: '1s' } })
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const poisonKey = randomUUID() // other files leave poison in the topics too

async function aCityThatCannotBeReached(t: ExecutionContext, city: string): Promise<{ reopens(): Promise<void> }> {
  const client = new pg.Client({ connectionString: stack.sources.shipping })
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`ALTER TABLE shipments ADD CONSTRAINT reachable CHECK (shipping_address->>'city' <> '${city}')`)
  return { reopens: async () => void (await client.query('ALTER TABLE shipments DROP CONSTRAINT reachable')) }
}

async function anOrderTo(city: string, sku: string): Promise<string> {
  const customer = await stack.customer()
  const shippingAddress = { name: 'Ada', line1: 'Main Street 1', postalCode: '1000', city, country: 'DE' }
  const { status, body } = await customer.post('order', '/orders', { lines: [{ sku, quantity: 1 }], shippingAddress })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return String(body.id)
}

test.serial(
  'an accepted order waits for its dead letter, is shown with it, and goes on when that is redriven; a second time changes nothing',
  async t => {
    slow(t, 8, 'the order is first tried again and again; then come a dozen commands of mgmt, a process each')
    const mug = await stack.item('mug', 10)
    const city = await aCityThatCannotBeReached(t, 'Atlantis')
    const neighbour = await stack.order(await stack.customer(), { [mug]: 1 })
    const id = await anOrderTo('Atlantis', mug)
    t.is((await stack.end(neighbour)).status, 'completed')

    const stuck = await stuckFor(stack, 'dead_letter', id)
    t.like(stuck, { status: 'accepted', waitsFor: { service: 'shipping-service' } })
    t.regex(stuck.cause?.text ?? '', /shipping-service could not handle order\.accepted: .*reachable/)
    const shown = await stack.mgmt(['orders', 'show', id])
    t.regex(shown.stdout, /because +shipping-service could not handle order\.accepted/)
    t.regex(shown.stdout, /mgmt dlq redrive order-events\/\d+/)

    const metrics = await (await fetch(`${stack.ops.order}/metrics`)).text()
    t.regex(metrics, /docket_orders_stuck\{status="accepted",service="order-service"\} 1/, 'an alert can be set on it')

    const [letter] = await jsonOf<{ id: string; key: string; state: string }[]>(stack, ['dlq', 'list', '--order', id])
    t.like(letter, { key: id, state: 'waiting' })
    t.regex((await stack.mgmt(['dlq', 'show', letter!.id])).stdout, /"shippingAddress": "\(masked\)"/)
    t.regex((await stack.mgmt(['dlq', 'show', letter!.id, '--personal'])).stdout, /"city": "Atlantis"/)
    await until('it is recorded who saw the address', async () => {
      const acts = await jsonOf<{ act: string; orderId: string }[]>(stack, ['audit', 'list', '--on', letter!.id])
      return acts.some(({ act, orderId }) => act === 'personal_data.shown' && orderId === id)
    })

    await city.reopens()
    const dry = await stack.mgmt(['dlq', 'redrive', letter!.id])
    t.regex(dry.stderr, /1 dead letter would be sent again\. Nothing was sent: add --yes/)
    t.is((await jsonOf<unknown[]>(stack, ['dlq', 'list', '--order', id])).length, 1)

    t.is((await stack.mgmt(['dlq', 'redrive', '--type', 'order.accepted', '--order', id, '--yes'])).status, 0)
    const order = { id } as Parameters<Stack['end']>[0]
    t.is((await stack.end(order)).status, 'completed')
    t.deepEqual(await jsonOf<unknown[]>(stack, ['dlq', 'list', '--order', id]), [])
    const stock = await stack.stockOf(mug)

    t.is((await stack.mgmt(['dlq', 'redrive', letter!.id, '--yes'])).status, 0)
    t.deepEqual(await stack.reconcile(), [])
    t.deepEqual(await stack.stockOf(mug), stock)
    t.deepEqual(await jsonOf<unknown[]>(stack, ['dlq', 'list', '--order', id]), [], 'it did not fail again')
  },
)

test.serial('while a table is missing, as during a restore, events wait, and none becomes a dead letter', async t => {
  const mug = await stack.item('mug', 10)
  const client = new pg.Client({ connectionString: stack.sources.shipping })
  await client.connect()
  t.teardown(() => client.end())
  await client.query('ALTER TABLE shipments RENAME TO shipments_to_come')
  const order = await stack.order(await stack.customer(), { [mug]: 1 })
  await until('shipping-service says that it does not get on', async () =>
    /a batch has failed \d+ times: .*shipments/.test(await (await fetch(`${stack.ops.shipping}/readyz`)).text()),
  )
  await client.query('ALTER TABLE shipments_to_come RENAME TO shipments')
  t.is((await stack.end(order)).status, 'completed')
})

test.serial('a dead letter that breaks the contract is left where it is, unless it is forced', async t => {
  await produceOnce(kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'poison' }), [
    { topic: 'order-events', key: poisonKey, value: 'not json', headers: {} },
  ])
  const letters = await until('it is dead-lettered', async () => {
    const found = await jsonOf<{ id: string; breaksContract: string }[]>(stack, ['dlq', 'list', '--order', poisonKey])
    return found.length > 0 && found
  })
  t.truthy(letters[0]?.breaksContract)
  const redriven = await stack.mgmt(['dlq', 'redrive', letters[0]!.id, '--yes'])
  t.regex(redriven.stderr, /is left: /)
  t.regex(redriven.stdout, /^none is sent again/)
  t.is((await jsonOf<unknown[]>(stack, ['dlq', 'list', '--order', poisonKey])).length, 1)
  t.is((await stack.mgmt(['dlq', 'redrive'])).status, 2, 'nothing chosen is no choice')
})

test.serial(
  'the doctor finds nothing wrong with a stack that is well but a dead letter, until that is dismissed, and it is reconciled',
  async t => {
    const { stdout, stderr } = await stack.mgmt(['doctor', '--books'])
    t.regex(stdout, /ok +I9 completed, charged, gone and shipped are one +holds/)
    t.regex(stderr, /--books is mgmt reconcile now/)
    const reconciled = await stack.mgmt(['reconcile'])
    t.is(reconciled.status, 0, reconciled.stdout + reconciled.stderr)
    t.regex(reconciled.stdout, /Reconciled: every invariant holds/)
    t.regex(stdout, /1 thing is wrong/, `the dead letter of the test before\n${stdout}${stderr}`)
    t.regex((await stack.mgmt(['dlq', 'dismiss', '--all'])).stderr, /would be dismissed\. Nothing was done: add --yes/)
    t.is((await stack.mgmt(['dlq', 'dismiss', '--all', '--yes'])).status, 0)
    const [dismissed] = await jsonOf<{ state: string }[]>(stack, ['dlq', 'list', '--order', poisonKey, '--all'])
    t.like(dismissed, { state: 'dismissed', redrivenAt: null })
    const after = await stack.mgmt(['doctor'])
    t.is(after.status, 0, after.stdout)
  },
)

test.serial(
  'an order that was promised and does not exist is found: mgmt reconcile names it, and ends with 1',
  async t => {
    slow(t, 10, 'what looks wrong is looked at four times, two seconds apart')
    const client = new pg.Client({ connectionString: stack.sources.orders })
    await client.connect()
    t.teardown(() => client.end())
    const [key, orderId] = [randomUUID(), randomUUID()]
    await client.query(
      `INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body) VALUES ($1, $2, '', 201, '{}', $3)`,
      [`${randomUUID()} POST /orders`, key, JSON.stringify({ id: orderId })],
    )
    try {
      const { status, stdout } = await stack.mgmt(['reconcile', '-o', 'json'])
      t.is(status, 1, stdout)
      const { invariants } = JSON.parse(stdout) as { invariants: { ok: boolean; findings: { about: string }[] }[] }
      t.deepEqual(
        invariants.filter(({ ok }) => !ok).flatMap(({ findings }) => findings.map(({ about }) => about)),
        [orderId],
      )
    } finally {
      await client.query('DELETE FROM idempotency_keys WHERE key = $1', [key])
    }
  },
)

test.serial(
  'a dead letter whose record has gone from its topic is named, and the status says that it was not sent',
  async t => {
    const key = randomUUID()
    await produceOnce(kafkaClient({ brokers: [stack.at.kafka], clientId: 'redrive-test' }), [
      {
        topic: 'user-events.dlq',
        key,
        value: null,
        headers: {
          ce_type: 'user.signed_up',
          dlq_partition: '0',
          dlq_offset: '999999999999',
          dlq_group: key,
          dlq_reason: 'not_json',
          dlq_error: 'no JSON',
          dlq_time: new Date().toISOString(),
          dlq_value: 'by-reference',
        },
      },
    ])
    const { status, stdout, stderr } = await stack.mgmt(['dlq', 'redrive', '--order', key, '--yes', '-o', 'json'])
    t.is(status, 1, stderr)
    t.deepEqual(JSON.parse(stdout), [])
    t.regex(stderr, /was not sent: its record, user-events\/0 at 999999999999, has gone from the topic/)
    t.is((await stack.mgmt(['dlq', 'dismiss', '--order', key, '--yes'])).status, 0)
  },
)
