import test from 'ava'
import {
  idOf,
  itemCreated,
  itemUpdated,
  paymentSucceeded,
  shipmentShipped,
  stockCommitted,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
import { untilOneWaits } from '@docket/test/support/row-locks.ts'
import { handlers } from './order.handlers.ts'
import { create } from './order.steps.ts'
import { expire } from './order.sweeps.ts'

const orders = numbered(20).map(n => `order ${n}`)

async function anOrderBook(t: Parameters<typeof aConsumer>[0], names = orders, windowMs = 60_000) {
  const book = await aConsumer(t, 'order-service', handlers)
  const pending = names.map(pendingOrder)
  await book.db.transaction(tx => create(tx, pending, windowMs))
  return book
}

const steps = [stockReserved, paymentSucceeded, shipmentShipped, stockCommitted]

for (const replicas of [2, 3]) {
  test(`${replicas} replicas that hear of the same orders in crossed types never deadlock`, async t => {
    const book = await anOrderBook(t)
    const batchOf = (replica: number, round: number) =>
      orders.map((name, n) => (steps[(n + round + replica) % steps.length] ?? stockReserved)(name))
    t.is(await deadlocksAmong(t, book.db, handlers, { replicas, rounds: 40, batchOf }), 0)
  })

  test(`${replicas} replicas that hear of new and of changed items never deadlock`, async t => {
    const book = await anOrderBook(t)
    const batchOf = (replica: number, round: number) =>
      numbered(40)
        .map(n => ({ sku: `item-${round}-${n}`, isNew: (n + replica) % 2 === 0 }))
        .map(({ sku, isNew }) => (isNew ? itemCreated(sku) : itemUpdated(sku, 100, 2)))
    t.is(await deadlocksAmong(t, book.db, handlers, { replicas, rounds: 40, batchOf }), 0)
  })
}

test('orders are locked by their ids, whatever the order of the rows and of the events', async t => {
  const names = ['d', 'b', 'e', 'a', 'c']
  const book = await anOrderBook(t, names)
  const ids = names.map(idOf).sort()
  const { handled } = await book.db.transaction(async tx => {
    await tx.query('SELECT FROM orders WHERE id = $1 FOR UPDATE', [ids[2]])
    const handled = book.receives(...names.map(name => stockReserved(name)))
    await untilOneWaits(book.db)
    const { rows } = await book.db.transaction(other =>
      other.query<{ id: string }>('SELECT id FROM orders ORDER BY id FOR UPDATE SKIP LOCKED'),
    )
    t.deepEqual(
      rows.map(({ id }) => id),
      ids.slice(3),
    )
    return { handled }
  })
  await handled
})

test('an order whose window is over and that another transaction holds is left to it', async t => {
  const book = await anOrderBook(t, ['A', 'B'], 0)
  await book.db.transaction(async tx => {
    await tx.query('SELECT FROM orders WHERE id = $1 FOR UPDATE', [idOf('A')])
    t.is(await expire(book.db), 1)
  })
  t.is(await expire(book.db), 1)
})
