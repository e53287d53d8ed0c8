import test, { type ExecutionContext } from 'ava'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import {
  again,
  idOf,
  itemCreated,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  shipmentShipped,
  stockCommitted,
  stockRejected,
  stockReleased,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { findItems } from './catalogue.store.ts'
import { handlers } from './order.handlers.ts'
import { cancelAll, create } from './order.steps.ts'
import { findOrder } from './order.store.ts'
import { expire } from './order.sweeps.ts'
import { readTimelines } from './timeline.store.ts'

/** order-service with pending orders of these names; what their creation said is left out. */
async function anOrderBook(t: ExecutionContext, orders: string[], windowMs = 60_000) {
  const book = await aConsumer(t, 'order-service', handlers)
  await book.db.transaction(tx =>
    create(
      tx,
      orders.map(name => ({
        id: idOf(name),
        customerId: idOf('a customer'),
        status: 'pending' as const,
        total: 200,
        currency: 'EUR',
        paymentToken: 'tok_ok',
        shippingAddress: null,
        lines: [{ sku: 'mug', name: 'Mug', quantity: 2, unitPrice: 100 }],
      })),
      windowMs,
    ),
  )
  await book.published()
  return {
    ...book,
    order: (name: string) => findOrder(book.db.read, idOf(name), undefined, 30_000),
    timeline: async (name: string) =>
      (await readTimelines(book.db.read, [{ id: idOf(name), since: 0 }])).map(entry => entry.event),
    saidTypes: async () => (await book.published()).map(({ type, sequence }) => [type, sequence]),
  }
}

test('an order whose stock is reserved and paid is accepted, shipped and completed', async t => {
  const book = await anOrderBook(t, ['A'])
  await book.receives(stockReserved('A'))
  await book.receives(paymentSucceeded('A'))
  t.is((await book.order('A'))?.status, 'accepted')
  await book.receives(shipmentShipped('A'))
  await book.receives(stockCommitted('A'))
  t.is((await book.order('A'))?.status, 'completed')
  t.deepEqual(await book.saidTypes(), [
    ['order.accepted', 2],
    ['order.completed', 3],
  ])
  t.deepEqual(await book.timeline('A'), [
    'order.created',
    'stock.reserved',
    'payment.succeeded',
    'order.accepted',
    'shipment.shipped',
    'stock.committed',
    'order.completed',
  ])
})

test('an order that the stock does not suffice for is rejected with its shortages', async t => {
  const book = await anOrderBook(t, ['A'])
  await book.receives(stockRejected('A'))
  t.like(await book.order('A'), {
    status: 'rejected',
    reason: 'out_of_stock',
    shortages: [{ sku: 'mug', requested: 2, available: 1 }],
  })
  t.deepEqual(await book.saidTypes(), [['order.rejected', 2]])
})

test('an order whose card is declined is cancelled, and says why', async t => {
  const book = await anOrderBook(t, ['A'])
  await book.receives(paymentFailed('A'))
  t.like(await book.order('A'), { status: 'cancelled', reason: 'payment_failed', detail: 'card declined' })
  t.deepEqual(await book.saidTypes(), [['order.cancelled', 2]])
})

test('what comes after the end changes nothing but the timeline', async t => {
  const book = await anOrderBook(t, ['A'])
  await book.receives(paymentFailed('A'))
  await book.published()
  await book.receives(
    stockReleased('A'),
    paymentRefunded('A'),
    paymentSucceeded('A'),
    stockRejected('A'),
    stockCommitted('A'),
  )
  t.is((await book.order('A'))?.status, 'cancelled')
  t.deepEqual(await book.published(), [])
  t.true((await book.timeline('A')).includes('payment.refunded'))
})

test('an event that is delivered again has its effect once', async t => {
  const book = await anOrderBook(t, ['A'])
  const succeeded = paymentSucceeded('A')
  await book.receives(succeeded, again(succeeded))
  await book.receives(again(succeeded))
  t.deepEqual(await book.saidTypes(), [['order.accepted', 2]])
  t.deepEqual(
    (await book.timeline('A')).filter(event => event === 'payment.succeeded'),
    ['payment.succeeded'],
  )
})

test('events that come in another order across topics end the same', async t => {
  const book = await anOrderBook(t, ['A'])
  await book.receives(paymentSucceeded('A'))
  await book.receives(stockReserved('A'))
  await book.receives(stockCommitted('A'))
  await book.receives(shipmentShipped('A'))
  t.is((await book.order('A'))?.status, 'completed')
})

test('a whole life in one batch ends where it should', async t => {
  const book = await anOrderBook(t, ['A', 'B'])
  await book.receives(
    stockCommitted('A'),
    shipmentShipped('A'),
    paymentSucceeded('A'),
    stockReserved('A'),
    paymentFailed('B'),
    stockReserved('B'),
  )
  t.is((await book.order('A'))?.status, 'completed')
  t.is((await book.order('B'))?.status, 'cancelled')
})

test('an event about an order that does not exist is poison, by name', async t => {
  const book = await anOrderBook(t, ['A'])
  const error = await t.throwsAsync(book.receives(paymentSucceeded('A'), paymentSucceeded('nobody')), {
    instanceOf: PoisonEvents,
  })
  t.deepEqual(
    [...(error?.reasons.keys() ?? [])].map(({ key }) => key),
    [idOf('nobody')],
  )
  t.is((await book.order('A'))?.status, 'pending', 'the batch has no effect')
})

test('a pending order whose window is over is cancelled: expired; an accepted one is not', async t => {
  const book = await anOrderBook(t, ['A', 'B'], 0)
  await book.receives(paymentSucceeded('B'))
  await book.published()
  t.is(await expire(book.db), 1)
  t.like(await book.order('A'), { status: 'cancelled', reason: 'expired' })
  t.is((await book.order('B'))?.status, 'accepted')
  t.deepEqual(await book.saidTypes(), [['order.cancelled', 2]])
})

test('an order whose window is not over is left alone', async t => {
  const book = await anOrderBook(t, ['A'])
  t.is(await expire(book.db), 0)
})

test('the deadline and the payment race: one of them wins, never both', async t => {
  const names = Array.from({ length: 10 }, (_, n) => `order ${n}`)
  const book = await anOrderBook(t, names, 0)
  await Promise.all([expire(book.db), book.receives(...names.map(paymentSucceeded)), expire(book.db)])
  const published = await book.published()
  t.is(published.length, 10)
  t.deepEqual(published.map(({ key }) => key).sort(), names.map(idOf).sort())
})

test('the catalogue follows the newest word about an item, in whichever order the words come', async t => {
  const book = await anOrderBook(t, [])
  const priceOf = async (sku: string) => (await findItems(book.db.read, [sku])).get(sku)?.unitPrice
  await book.receives(itemCreated('mug', 100, 1), itemCreated('mug', 300, 3), itemCreated('mug', 200, 2))
  t.is(await priceOf('mug'), 300)
  await book.receives(itemCreated('mug', 200, 2))
  t.is(await priceOf('mug'), 300)
  await book.receives(itemCreated('mug', 400, 4))
  t.is(await priceOf('mug'), 400)
})

test('whatever would cancel an order that has been accepted comes too late', async t => {
  const book = await anOrderBook(t, ['A'])
  await book.receives(paymentSucceeded('A'))
  await book.published()
  await book.receives(paymentFailed('A'))
  t.is(await book.db.transaction(tx => cancelAll(tx, [{ id: idOf('A'), reason: 'expired' }])), 0)
  t.is((await book.order('A'))?.status, 'accepted')
  t.deepEqual(await book.published(), [])
})
