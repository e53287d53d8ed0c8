import { createHash } from 'node:crypto'
import test from 'ava'
import { query } from '@docket/reconciliation/query.ts'
import { topics as contract } from '@docket/contract/generated/contract.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import type { IncomingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { rewind } from '@docket/test/support/rewind.ts'
import { until } from '@docket/test/support/until.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const kafka = () => kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'faults' })
const topics = contract.map(({ topic }) => topic)

for (const name of ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const) {
  test.serial(`orders survive ${name} being killed in mid-flow`, async t => {
    const mug = await stack.item('mug', 1_000)
    const customer = await stack.customer()
    const orders = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        stack.order(customer, { [mug]: 1 }, n % 5 === 0 ? 'tok_declined' : 'tok_ok'),
      ),
    )
    await stack.kill(name, 'SIGKILL')
    await stack.start(name)
    const ended = await Promise.all(orders.map(order => stack.end(order)))
    t.is(ended.filter(order => order.status === 'completed').length, 16)
    t.is(ended.filter(order => order.reason === 'payment_failed').length, 4)
    t.deepEqual(await stack.reconcile(), [])
    t.deepEqual(await stack.stockOf(mug), { available: 984, reserved: 0, shipped: 16 })
  })
}

test.serial('identities survive user-service being killed: a session goes on', async t => {
  const customer = await stack.customer()
  await stack.kill('user-service', 'SIGKILL')
  const mug = await stack.item('mug', 1)
  const order = await stack.order(customer, { [mug]: 1 }) // others have its keys, and ask nobody
  await stack.start('user-service')
  t.is((await customer.get('user', '/me')).body.username, customer.username)
  t.is((await stack.end(order)).status, 'completed')
})

test.serial('every record of every topic delivered twice changes nothing', async t => {
  const mug = await stack.item('mug', 100)
  const customer = await stack.customer()
  const orders = await Promise.all(
    Array.from({ length: 10 }, (_, n) => stack.order(customer, { [mug]: 1 }, n % 3 === 0 ? 'tok_declined' : 'tok_ok')),
  )
  await Promise.all(orders.map(order => stack.end(order)))
  await stack.reconcile()
  const before = await fingerprint()
  const records = await recordsOf(topics)
  await produceOnce(
    kafka(),
    records.map(({ topic, key, value, headers }) => ({
      topic,
      key: String(key),
      value,
      headers: headers as Record<string, Buffer>,
    })),
  )
  t.deepEqual(await stack.reconcile(), [])
  t.is(await fingerprint(), before)
})

test.serial('whole topics replayed from their beginning change nothing', async t => {
  await stack.reconcile()
  const before = await fingerprint()
  const consumers = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const
  await Promise.all(consumers.map(name => stack.kill(name, 'SIGTERM')))
  await Promise.all(consumers.map(group => rewind(stack.sources.kafkaBrokers, group, Infinity)))
  await Promise.all(consumers.map(name => stack.start(name)))
  t.deepEqual(await stack.reconcile(), [])
  t.is(await fingerprint(), before)
})

test.serial(
  'a broken record on any topic becomes a dead letter, an event of an unknown type is ignored and counted, and both stop nothing',
  async t => {
    const letters = async () => (await recordsOf(topics.map(topic => `${topic}.dlq`))).length
    const before = await letters()
    const headers = { ce_id: 'x', ce_type: 'order.exploded', ce_time: '2026-01-01T00:00:00Z', ce_sequence: '1' }
    await produceOnce(
      kafka(),
      topics.flatMap(topic => [
        { topic, key: 'poison', value: 'not json', headers: {} },
        { topic, key: 'poison', value: '{}', headers },
      ]),
    )
    const mug = await stack.item('mug', 1)
    t.is((await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }))).status, 'completed')
    await until('a dead letter for each broken one', async () => (await letters()) >= before + topics.length)
    const metrics = await (await fetch(`${stack.services.inventory}/metrics`)).text()
    t.regex(metrics, /docket_unknown_events_total\{topic="order-events",type="order\.exploded",.*\} [1-9]/)
    t.is(await letters(), before + topics.length)
  },
)

test.serial('an event about an order that does not exist becomes a dead letter, and its neighbours go on', async t => {
  const [example] = (await recordsOf(['payment-events'])).filter(
    record => String(record.headers.ce_type) === 'payment.succeeded',
  )
  const stranger = '01900000-0000-7000-8000-000000000bad'
  const before = (await recordsOf(['payment-events.dlq'])).length
  const value = JSON.stringify({ ...JSON.parse(String(example?.value)), orderId: stranger })
  await produceOnce(kafka(), [
    {
      topic: 'payment-events',
      key: stranger,
      value,
      headers: { ...(example?.headers as Record<string, Buffer>), ce_id: 'stranger' },
    },
  ])
  const mug = await stack.item('mug', 1)
  t.is((await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }))).status, 'completed')
  const letters = await until('the dead letter', async () => {
    const found = await recordsOf(['payment-events.dlq'])
    return found.length === before + 1 && found
  })
  t.regex(String(letters.at(-1)?.headers.dlq_error), /does not exist/)
})

test.serial('a thousand orders over 32 connections all reach their right ending', async t => {
  const [plenty, scarce] = [await stack.item('plenty', 100_000), await stack.item('scarce', 10)]
  const customer = await stack.customer()
  const all = 1_000
  let next = 0
  const created: string[] = []
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < all) {
        const n = next++
        const order = await stack.order(
          customer,
          n % 3 === 0 ? { [scarce]: 100 } : { [plenty]: 1 },
          n % 10 === 1 ? 'tok_declined' : 'tok_ok',
        )
        created.push(order.id)
      }
    }),
  )
  t.deepEqual(await stack.reconcile(), [])
  const rows = await query<{ status: string; reason: string | null; n: number }>(
    stack.sources.orders,
    'SELECT status, reason, count(*)::int AS n FROM orders WHERE id = ANY($1::uuid[]) GROUP BY 1, 2',
    [created],
  )
  const counts = Object.fromEntries(rows.map(({ status, reason, n }) => [reason ?? status, n]))
  const numbers = Array.from({ length: all }, (_, n) => n)
  const outOfStock = numbers.filter(n => n % 3 === 0).length
  const declined = numbers.filter(n => n % 3 !== 0 && n % 10 === 1).length
  t.deepEqual(counts, { out_of_stock: outOfStock, payment_failed: declined, completed: all - outOfStock - declined })
  t.deepEqual(await stack.stockOf(scarce), { available: 10, reserved: 0, shipped: 0 })
})

/** A hash of what the four databases say, without the times at which they last looked. */
async function fingerprint(): Promise<string> {
  const tables: [string, string][] = [
    [stack.sources.orders, 'SELECT id, status, reason, total, version FROM orders ORDER BY id'],
    [stack.sources.orders, 'SELECT order_id, event, service, detail FROM timeline ORDER BY order_id, position'],
    [stack.sources.inventory, 'SELECT sku, received, available, reserved, shipped, version FROM items ORDER BY sku'],
    [stack.sources.inventory, 'SELECT order_id, status, version FROM claims ORDER BY order_id'],
    [stack.sources.inventory, 'SELECT count(*) FROM movements'],
    [stack.sources.payments, 'SELECT order_id, id, status, amount, version FROM payments ORDER BY order_id'],
    [stack.sources.payments, 'SELECT count(*) FROM simulated_provider'],
    [stack.sources.shipping, 'SELECT order_id, id, tracking_number FROM shipments ORDER BY order_id'],
  ]
  const hash = createHash('sha256')
  for (const [url, sql] of tables) hash.update(JSON.stringify(await query(url, sql)))
  return hash.digest('hex')
}

async function recordsOf(wanted: string[]): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = []
  await tail({
    kafka: { brokers: stack.sources.kafkaBrokers, clientId: 'faults' },
    topics: wanted,
    from: 'beginning',
    follow: false,
    signal: AbortSignal.timeout(30_000),
    onRecord: record => void records.push(record),
    onState: () => undefined,
  })
  return records
}
