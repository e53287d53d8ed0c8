import test, { type ExecutionContext } from 'ava'
import { metrics as measured } from '@docket/chassis/metric-registry.ts'
import {
  again,
  paymentFailed,
  paymentSucceeded,
  stockCommitted,
  stockRejected,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { handlers } from './order.handlers.ts'
import { metrics } from './order.metrics.ts'
import { create } from './order.steps.ts'
import { expire } from './order.sweeps.ts'

const { registry } = measured('order-service', [], metrics)

async function shown(): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter(line => line.startsWith('docket_order'))
  return new Map(
    lines.map(line => {
      const at = line.lastIndexOf(' ')
      return [
        line
          .slice(0, at)
          .replace(/,service="order-service"|service="order-service",?/, '')
          .replace('{}', ''),
        Number(line.slice(at + 1)),
      ]
    }),
  )
}

async function grew(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await shown()
  await work()
  const grown = [...(await shown())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
  return Object.fromEntries(grown.filter(([name, by]) => by !== 0 && !/_(bucket|sum)/.test(name)))
}

async function anOrderService(t: ExecutionContext, names: string[], windowMs = 60_000) {
  const service = await aConsumer(t, 'order-service', handlers)
  await service.db.transaction(tx => create(tx, names.map(pendingOrder), windowMs))
  return { ...service, order: pendingOrder }
}

test.serial('each order is counted once at its beginning and once at its end, by how it ended', async t => {
  const service = await anOrderService(t, [])
  t.deepEqual(
    await grew(() =>
      service.db.transaction(tx =>
        create(
          tx,
          [
            ...['A', 'B', 'C'].map(service.order),
            {
              ...service.order('D'),
              status: 'rejected',
              reason: 'unknown_item',
              detail: 'unknown item: cup',
              shortages: [{ sku: 'cup', requested: 2, available: 0 }],
            },
          ],
          60_000,
        ),
      ),
    ),
    {
      docket_orders_created_total: 4,
      'docket_orders_ended_total{status="rejected",reason="unknown_item"}': 1,
      'docket_order_duration_seconds_count{status="rejected"}': 1,
    },
  )
  t.like(await grew(() => service.receives(stockReserved('A'), paymentSucceeded('A'), stockCommitted('A'))), {
    'docket_orders_ended_total{status="completed",reason="none"}': 1,
    'docket_order_duration_seconds_count{status="completed"}': 1,
    'docket_order_step_seconds_count{step="stock.reserved"}': 1,
    'docket_order_step_seconds_count{step="stock.committed"}': 1,
  })
  t.like(await grew(() => service.receives(paymentFailed('B'))), {
    'docket_orders_ended_total{status="cancelled",reason="payment_failed"}': 1,
  })
  t.like(await grew(() => service.receives(stockRejected('C'))), {
    'docket_orders_ended_total{status="rejected",reason="out_of_stock"}': 1,
  })
})

test.serial('an order whose window is over is counted as expired', async t => {
  const service = await anOrderService(t, ['E'], 0)
  t.deepEqual(await grew(() => expire(service.db)), {
    'docket_orders_ended_total{status="cancelled",reason="expired"}': 1,
    'docket_order_duration_seconds_count{status="cancelled"}': 1,
  })
})

test.serial('how long an order took to a step is shown in seconds', async t => {
  const service = await anOrderService(t, ['S'])
  const sum = 'docket_order_step_seconds_sum{step="stock.reserved"}'
  const before = (await shown()).get(sum) ?? 0
  await service.receives({ ...stockReserved('S'), time: new Date(Date.now() + 90_000).toISOString() })
  t.is(Math.round((((await shown()).get(sum) ?? 0) - before) / 10), 9)
})

test.serial('an end that is delivered again is not counted again', async t => {
  const service = await anOrderService(t, ['F'])
  const paid = paymentSucceeded('F')
  await service.receives(paid)
  const committed = stockCommitted('F')
  await service.receives(committed)
  const grown = await grew(() => service.receives(again(paid), again(committed)))
  t.deepEqual(
    Object.keys(grown).filter(name => !name.startsWith('docket_order_step_seconds')),
    [],
  )
})

test.serial('what was rolled back is not counted', async t => {
  const service = await anOrderService(t, ['G'])
  t.deepEqual(await grew(() => t.throwsAsync(service.receives(paymentFailed('G'), stockCommitted('unknown')))), {})
})

test.serial('an order that never was is counted as such, and not as one that ended', async t => {
  const service = await anOrderService(t, [])
  const forged = paymentSucceeded('forged')
  const grown = await grew(async () => {
    await service.receives(forged)
    await service.receives(forged)
  })
  t.deepEqual(
    Object.entries(grown).filter(([name]) => name.startsWith('docket_orders_')),
    [['docket_orders_unknown_total', 1]],
  )
})
