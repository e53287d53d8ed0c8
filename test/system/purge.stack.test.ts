import { execFile } from 'node:child_process'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { toDeadLetter } from '@docket/kafka/dead-letter-record.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { query } from '@docket/reconciliation/query.ts'
import { historyOf, oldId, writeOldOrders, type OldOrders } from '@docket/test/support/old-orders.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack({ 'order-service': { RETENTION_ORDERS: '120d' } })
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const kafka = () => kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'purge-test' })
const wholeOrders = [
  ['orders', 'SELECT id FROM orders'],
  ['orders', 'SELECT order_id AS id FROM timeline'],
  ['inventory', 'SELECT order_id AS id FROM claims'],
  ['inventory', 'SELECT order_id AS id FROM reservations'],
  ['payments', 'SELECT order_id AS id FROM payments'],
  ['shipping', 'SELECT order_id AS id FROM shipments'],
] as const

async function rowsOf(old: OldOrders): Promise<number> {
  const [first, end] = [oldId(old, 0), oldId(old, old.count)]
  const counts = await Promise.all(
    wholeOrders.map(([source, sql]) =>
      query<{ n: number }>(
        stack.sources[source],
        `SELECT count(*)::int AS n FROM (${sql}) AS found WHERE id >= $1 AND id < $2`,
        [first, end],
      ),
    ),
  )
  return counts.reduce((sum, [row]) => sum + (row?.n ?? 0), 0)
}

/** How many events a service has ignored because retention has passed their orders. */
async function ignoredBy(service: 'order' | 'inventory' | 'payment' | 'shipping'): Promise<number> {
  const text = await (await fetch(`${stack.ops[service]}/metrics`)).text()
  return [...text.matchAll(/^docket_past_events_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
}

test.serial('old orders are purged everywhere, and a replay and an old dead letter bring none of it back', async t => {
  t.timeout(180_000)
  slow(t, 15, 'order-service is started again: it purges at once then; and commands of mgmt are a process each')
  const sku = await stack.item('mug', 10)
  const old = { count: 600, firstMs: Date.now() - 300 * 86_400_000, sku }
  await stack.kill('order-service', 'SIGTERM')
  const beforeAll = '00000000-0000-0000-0000-000000000000' // also when this test ran here before
  for (const source of ['orders', 'inventory', 'payments', 'shipping'] as const)
    await query(stack.sources[source], 'UPDATE purge_marks SET details_before = $1, orders_before = $1', [beforeAll])
  await writeOldOrders(stack.sources, old)
  const stock = { available: 490, reserved: 0, shipped: 480 }
  t.deepEqual(await stack.stockOf(sku), stock)
  await stack.start('order-service')
  await until('nothing is left of them', async () => (await rowsOf(old)) === 0)
  t.deepEqual(await stack.reconcile(), [])
  t.is((await stack.operator.get('order', `/orders/${oldId(old, 5)}`)).status, 404)

  const services = ['order', 'inventory', 'payment', 'shipping'] as const
  const before = await Promise.all(services.map(ignoredBy))
  const events = Array.from({ length: old.count }, (_, n) => historyOf(old, n)).flat()
  const records = events.map(event => toRecord(topicOf[event.type], { ...event, payload: JSON.stringify(event.data) }))
  await produceOnce(kafka(), records)
  const letter = records.find(({ topic }) => topic === 'shipping-events')!
  const record = {
    ...letter,
    key: Buffer.from(letter.key ?? ''),
    value: Buffer.from(letter.value ?? ''),
    partition: 0,
    offset: String(Date.now()), // no other letter has it
    timestamp: '0',
  }
  await produceOnce(kafka(), [
    toDeadLetter({ record, reason: 'cannot_be_handled', message: 'of long ago' }, 'inventory-service'),
  ])
  const redriven = await stack.mgmt(['dlq', 'redrive', '--type', 'shipment.shipped', '--yes'])
  t.is(redriven.status, 0, redriven.stderr)

  // of ten: order-service hears of 8 × 4 + 1 + 4 events, inventory of 10 + 8 + 1, payment of 9 + 1, shipping of 8; and the letter
  const expected = [37, 19, 10, 8].map((ofTen, at) => (ofTen * old.count) / 10 + (at < 2 ? 1 : 0))
  await until('all of it is ignored', async () => {
    const now = await Promise.all(services.map(ignoredBy))
    return now.every((n, at) => n - (before[at] ?? 0) === expected[at])
  })
  t.deepEqual(await stack.reconcile(), [])
  t.is(await rowsOf(old), 0)
  t.deepEqual(await stack.stockOf(sku), stock)
  t.regex((await stack.mgmt(['dlq', 'list'])).stdout, /^(?![\s\S]*of long ago)/)
  const order = await stack.order(await stack.customer(), { [sku]: 1 })
  t.is((await stack.end(order)).status, 'completed')
})

test.serial('a service does not start with orders that go before a record of them may come again', async t => {
  const at = addresses()
  const [node = process.execPath, ...args] = commandOf('order-service')
  const env = {
    ...environmentOf('order-service', at, secrets(at.dir)),
    PORT: '0',
    OPS_PORT: '0',
    RETENTION_ORDERS: '119d',
  }
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>(resolve =>
    execFile(node, args, { env, timeout: 60_000 }, (error, out) => resolve({ code: error?.code, stdout: out })),
  )
  t.is(code, 78)
  t.regex(
    stdout,
    /RETENTION_ORDERS is 119d, but must be at least 120d: .*\.dlq keeps its records for 90d.*Set RETENTION_ORDERS=120d or more/,
  )
})
