import test, { type ExecutionContext } from 'ava'
import { metrics as measured } from '@docket/chassis/metric-registry.ts'
import {
  again,
  idOf,
  paymentFailed,
  paymentSucceeded,
  stockCommitted,
  stockRejected,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { handlers } from './order.handlers.ts'
import { metrics } from './order.metrics.ts'
import { create } from './order.steps.ts'
import { expire } from './order.sweeps.ts'

const { registry } = measured('order-service', [], metrics)

/** What the metrics say now, by name and labels: `docket_orders_ended_total{status="completed",reason="none"}`. */
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

/** How much each value grew while something was done. */
async function grew(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await shown()
  await work()
  const grown = [...(await shown())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
  return Object.fromEntries(grown.filter(([name, by]) => by !== 0 && !/_(bucket|sum)/.test(name)))
}

async function anOrderBook(t: ExecutionContext, names: string[], windowMs = 60_000) {
  const book = await aConsumer(t, 'order-service', handlers)
  const order = (name: string) => ({
    id: idOf(name),
    customerId: idOf('a customer'),
    status: 'pending' as const,
    total: 200,
    currency: 'EUR',
    paymentToken: 'tok_ok',
    shippingAddress: null,
    lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: 100 }],
  })
  await book.db.transaction(tx => create(tx, names.map(order), windowMs))
  return { ...book, order }
}

test.serial('each order is counted once at its beginning and once at its end, by how it ended', async t => {
  const book = await anOrderBook(t, [])
  t.deepEqual(
    await grew(() =>
      book.db.transaction(tx =>
        create(
          tx,
          [
            ...['A', 'B', 'C'].map(book.order),
            {
              ...book.order('D'),
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
  t.like(await grew(() => book.receives(stockReserved('A'), paymentSucceeded('A'), stockCommitted('A'))), {
    'docket_orders_ended_total{status="completed",reason="none"}': 1,
    'docket_order_duration_seconds_count{status="completed"}': 1,
    'docket_order_step_seconds_count{step="stock.reserved"}': 1,
    'docket_order_step_seconds_count{step="stock.committed"}': 1,
  })
  t.like(await grew(() => book.receives(paymentFailed('B'))), {
    'docket_orders_ended_total{status="cancelled",reason="payment_failed"}': 1,
  })
  t.like(await grew(() => book.receives(stockRejected('C'))), {
    'docket_orders_ended_total{status="rejected",reason="out_of_stock"}': 1,
  })
})

test.serial('an order whose window is over is counted as expired', async t => {
  const book = await anOrderBook(t, ['E'], 0)
  t.deepEqual(await grew(() => expire(book.db)), {
    'docket_orders_ended_total{status="cancelled",reason="expired"}': 1,
    'docket_order_duration_seconds_count{status="cancelled"}': 1,
  })
})

test.serial('an end that is delivered again is not counted again', async t => {
  const book = await anOrderBook(t, ['F'])
  const paid = paymentSucceeded('F')
  await book.receives(paid)
  const committed = stockCommitted('F')
  await book.receives(committed)
  const grown = await grew(() => book.receives(again(paid), again(committed)))
  t.deepEqual(
    Object.keys(grown).filter(name => !name.startsWith('docket_order_step_seconds')),
    [],
  )
})

test.serial('what was rolled back is not counted', async t => {
  const book = await anOrderBook(t, ['G'])
  t.deepEqual(await grew(() => t.throwsAsync(book.receives(paymentFailed('G'), paymentSucceeded('nobody')))), {})
})
