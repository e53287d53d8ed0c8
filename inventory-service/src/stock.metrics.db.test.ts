import test from 'ava'
import { metrics as measured } from '@docket/chassis/metric-registry.ts'
import { orderCreated } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { insertItem } from './item.store.ts'
import { handlers } from './stock.handlers.ts'
import { metrics } from './stock.metrics.ts'

const { registry } = measured('inventory-service', [], metrics)

async function rejections(): Promise<Record<string, number>> {
  const text = await registry.metrics()
  const found = text.matchAll(/^docket_stock_rejections_total\{.*reason="(\w+)".*\} (\d+)$/gm)
  return Object.fromEntries([...found].map(([, reason = '', count]) => [reason, Number(count)]))
}

test('orders that get no stock are counted by reason, once they are committed', async t => {
  const inventory = await aConsumer(t, 'inventory-service', handlers)
  await inventory.db.transaction(tx =>
    insertItem(tx, { sku: 'mug', name: 'Mug', unitPrice: 100, currency: 'EUR', quantity: 1 }),
  )
  t.deepEqual(await rejections(), { out_of_stock: 0, unknown_item: 0 })
  await inventory.receives(orderCreated('A', { mug: 1 }))
  await inventory.receives(
    orderCreated('B', { mug: 1 }),
    orderCreated('C', { unicorn: 1 }),
    orderCreated('D', { mug: 9 }),
  )
  t.deepEqual(await rejections(), { out_of_stock: 2, unknown_item: 1 })
})
