import test from 'ava'
import {
  idOf,
  itemCreated,
  paymentSucceeded,
  shipmentShipped,
  stockCommitted,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
import { handlers } from './order.handlers.ts'
import { create } from './order.steps.ts'

const orders = numbered(20).map(n => `order ${n}`)

async function anOrderBook(t: Parameters<typeof aConsumer>[0]) {
  const book = await aConsumer(t, 'order-service', handlers)
  const pending = orders.map(name => ({
    id: idOf(name),
    customerId: idOf('a customer'),
    status: 'pending' as const,
    total: 200,
    currency: 'EUR',
    paymentToken: 'tok_ok',
    shippingAddress: null,
    lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: 100 }],
  }))
  await book.db.transaction(tx => create(tx, pending, 60_000))
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
      numbered(40).map(n => itemCreated(`item-${round}-${n}`, 100, (n + replica) % 2 === 0 ? 1 : 2))
    t.is(await deadlocksAmong(t, book.db, handlers, { replicas, rounds: 40, batchOf }), 0)
  })
}
