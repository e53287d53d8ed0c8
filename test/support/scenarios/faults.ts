import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import type { ServiceName } from '@docket/addresses/addresses.ts'
import type { IncomingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { query } from '@docket/reconciliation/query.ts'
import type { Stack } from '../stack.ts'

export async function survivesKill(t: ExecutionContext, stack: Stack, name: ServiceName): Promise<void> {
  const mug = await stack.item('mug', 1_000)
  const customer = await stack.customer()
  const orders = await Promise.all(
    Array.from({ length: 20 }, (_, n) => stack.order(customer, { [mug]: 1 }, n % 5 === 0 ? 'tok_declined' : 'tok_ok')),
  )
  await stack.kill(name, 'SIGKILL')
  await stack.start(name)
  const ended = await Promise.all(orders.map(order => stack.end(order)))
  t.is(ended.filter(order => order.status === 'completed').length, 16)
  t.is(ended.filter(order => order.reason === 'payment_failed').length, 4)
  t.deepEqual(await stack.reconcile(), [])
  t.deepEqual(await stack.stockOf(mug), { available: 984, reserved: 0, shipped: 16 })
}

export async function fingerprint({ sources }: Stack): Promise<string> {
  const tables: [string, string][] = [
    [sources.orders, 'SELECT id, status, reason, total, version FROM orders ORDER BY id'],
    [sources.orders, 'SELECT order_id, event, service, detail FROM timeline ORDER BY order_id, position'],
    [sources.inventory, 'SELECT sku, received, available, reserved, shipped, version FROM items ORDER BY sku'],
    [sources.inventory, 'SELECT order_id, status, version FROM claims ORDER BY order_id'],
    [sources.inventory, 'SELECT count(*) FROM movements'],
    [sources.payments, 'SELECT order_id, id, status, amount, version FROM payments ORDER BY order_id'],
    [sources.payments, 'SELECT count(*) FROM simulated_provider'],
    [sources.shipping, 'SELECT order_id, id, tracking_number FROM shipments ORDER BY order_id'],
  ]
  const hash = createHash('sha256')
  for (const [url, sql] of tables) hash.update(JSON.stringify(await query(url, sql)))
  return hash.digest('hex')
}

export async function recordsOf({ sources }: Stack, wanted: string[]): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = []
  await tail({
    kafka: { brokers: sources.kafkaBrokers, clientId: 'faults' },
    topics: wanted,
    from: 'beginning',
    follow: false,
    signal: AbortSignal.timeout(30_000),
    onRecord: record => void records.push(record),
    onState: () => undefined,
  })
  return records
}
