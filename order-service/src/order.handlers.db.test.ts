import test, { type ExecutionContext } from 'ava'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import {
  again,
  idOf,
  itemCreated,
  itemUpdated,
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
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { untilOneWaits } from '@docket/test/support/row-locks.ts'
import { findItems } from './catalogue.store.ts'
import { handlers } from './order.handlers.ts'
import { cancelAll, create } from './order.steps.ts'
import { findOrder, insertTombstones } from './order.store.ts'
import { expire } from './order.sweeps.ts'
import { readTimelines } from './timeline.store.ts'

async function anOrderService(t: ExecutionContext, orders: string[], windowMs = 60_000) {
  const service = await aConsumer(t, 'order-service', handlers)
  await service.db.transaction(tx => create(tx, orders.map(pendingOrder), windowMs))
  await service.published()
  return {
    ...service,
    order: (name: string) => findOrder(service.db.read, idOf(name), undefined, 30_000),
    timeline: async (name: string) =>
      (await readTimelines(service.db.read, [{ id: idOf(name), since: 0 }])).map(entry => entry.event),
    publishedTypes: async () => (await service.published()).map(({ type, sequence }) => [type, sequence]),
  }
}

test('an order whose stock is reserved and paid is accepted, shipped and completed', async t => {
  const service = await anOrderService(t, ['A'])
  await service.receives(stockReserved('A'))
  await service.receives(paymentSucceeded('A'))
  t.is((await service.order('A'))?.status, 'accepted')
  await service.receives(shipmentShipped('A'))
  await service.receives(stockCommitted('A'))
  t.is((await service.order('A'))?.status, 'completed')
  t.deepEqual(await service.publishedTypes(), [
    ['order.accepted', 2],
    ['order.completed', 3],
  ])
  t.deepEqual(await service.timeline('A'), [
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
  const service = await anOrderService(t, ['A'])
  await service.receives(stockRejected('A'))
  t.like(await service.order('A'), {
    status: 'rejected',
    reason: 'out_of_stock',
    shortages: [{ sku: 'mug', requested: 2, available: 1 }],
  })
  t.deepEqual(await service.publishedTypes(), [['order.rejected', 2]])
})

test('an order whose card is declined is cancelled, and says why', async t => {
  const service = await anOrderService(t, ['A'])
  await service.receives(paymentFailed('A'))
  t.like(await service.order('A'), { status: 'cancelled', reason: 'payment_failed', detail: 'card declined' })
  t.deepEqual(await service.publishedTypes(), [['order.cancelled', 2]])
})

test('what comes after the end changes nothing but the timeline', async t => {
  const service = await anOrderService(t, ['A'])
  await service.receives(stockReserved('A'))
  await service.receives(paymentFailed('A'))
  await service.published()
  await service.receives(
    stockReleased('A'),
    paymentRefunded('A'),
    paymentSucceeded('A'),
    stockRejected('A'),
    stockCommitted('A'),
  )
  t.is((await service.order('A'))?.status, 'cancelled')
  t.deepEqual(await service.published(), [])
  t.true((await service.timeline('A')).includes('payment.refunded'))
})

test('an event that is delivered again has its effect once', async t => {
  const service = await anOrderService(t, ['A'])
  const succeeded = paymentSucceeded('A')
  await service.receives(stockReserved('A'))
  await service.receives(succeeded, again(succeeded))
  await service.receives(again(succeeded))
  t.deepEqual(await service.publishedTypes(), [['order.accepted', 2]])
  t.deepEqual(
    (await service.timeline('A')).filter(event => event === 'payment.succeeded'),
    ['payment.succeeded'],
  )
})

test('events that come in another order across topics end the same', async t => {
  const service = await anOrderService(t, ['A'])
  await service.receives(paymentSucceeded('A'))
  await service.receives(stockReserved('A'))
  await service.receives(stockCommitted('A'))
  await service.receives(shipmentShipped('A'))
  t.is((await service.order('A'))?.status, 'completed')
})

test('of orders that are paid together, the one whose stock is reserved later is accepted then', async t => {
  const service = await anOrderService(t, ['A', 'B'])
  await service.receives(stockReserved('A'))
  await service.receives(paymentSucceeded('A'), paymentSucceeded('B'))
  t.is((await service.order('B'))?.status, 'pending')
  await service.receives(stockReserved('B'))
  t.is((await service.order('A'))?.status, 'accepted')
  t.is((await service.order('B'))?.status, 'accepted')
})

test('a whole life in one batch ends where it should', async t => {
  const service = await anOrderService(t, ['A', 'B'])
  await service.receives(
    stockCommitted('A'),
    shipmentShipped('A'),
    paymentSucceeded('A'),
    stockReserved('A'),
    paymentFailed('B'),
    stockReserved('B'),
  )
  t.is((await service.order('A'))?.status, 'completed')
  t.is((await service.order('B'))?.status, 'cancelled')
})

test('an event about an order that does not exist is poison, by name', async t => {
  const service = await anOrderService(t, ['A'])
  const error = await t.throwsAsync(service.receives(paymentSucceeded('A'), stockCommitted('unknown')), {
    instanceOf: PoisonEvents,
  })
  t.deepEqual(
    [...(error?.reasons.keys() ?? [])].map(({ key }) => key),
    [idOf('unknown')],
  )
  t.is((await service.order('A'))?.status, 'pending', 'the batch has no effect')
})

test('a payment for an order that never was is answered with order.cancelled, once', async t => {
  const service = await anOrderService(t, ['A'])
  const forged = paymentSucceeded('forged')
  await service.receives(stockReserved('A'))
  await service.receives(forged, paymentSucceeded('A'))
  t.deepEqual(await service.published(), [
    {
      type: 'order.cancelled',
      key: idOf('forged'),
      sequence: 1,
      data: { orderId: idOf('forged'), reason: 'unknown_order', detail: 'there is no such order' },
    },
    {
      type: 'order.accepted',
      key: idOf('A'),
      sequence: 2,
      data: { orderId: idOf('A'), customerId: idOf('a customer'), lines: [{ sku: 'mug', quantity: 2 }] },
    },
  ])
  await service.receives(again(forged), paymentSucceeded('forged'))
  await service.receives(paymentRefunded('forged'), stockReleased('forged'))
  t.deepEqual(await service.published(), [], 'later events about it are lines in its timeline')
  t.like(await service.order('forged'), { status: 'cancelled', reason: 'unknown_order', total: 0, lines: [] })
  t.deepEqual(await service.timeline('forged'), [
    'payment.succeeded',
    'order.cancelled',
    'stock.released',
    'payment.refunded',
  ])
})

test('no order can be created under the id of one that was cancelled as unknown', async t => {
  const service = await anOrderService(t, [])
  await service.receives(paymentSucceeded('forged'))
  await t.throwsAsync(
    service.db.transaction(tx => create(tx, [pendingOrder('forged')], 60_000)),
    { message: /duplicate key/ },
  )
  t.like(await service.order('forged'), { status: 'cancelled', reason: 'unknown_order' })
})

test('the stock of a lost order whose card is declined is released too', async t => {
  const service = await anOrderService(t, [])
  await service.receives(stockReserved('lost'), paymentFailed('lost'))
  t.like((await service.published())[0], { type: 'order.cancelled', data: { reason: 'unknown_order' } })
  t.deepEqual(await service.timeline('lost'), ['stock.reserved', 'payment.failed', 'order.cancelled'])
})

test('two replicas that learn of unknown orders at a time answer each once, and do not deadlock', async t => {
  const service = await anOrderService(t, [])
  const orders = ['X', 'Y', 'Z']
  await Promise.all([
    service.receives(...orders.map(paymentSucceeded)),
    service.receives(...orders.toReversed().map(paymentSucceeded)),
  ])
  t.is((await service.published()).length, orders.length)
})

test('an unknown order that another replica is about to answer is not answered again', async t => {
  const service = await anOrderService(t, [])
  const { receiving } = await service.db.transaction(async tx => {
    await insertTombstones(tx, [idOf('X')]) // what the other replica does meanwhile
    const receiving = service.receives(paymentSucceeded('X'))
    await untilOneWaits(service.db)
    return { receiving }
  })
  await receiving
  t.deepEqual(await service.published(), [])
})

test.serial('consumers that do not know the reason unknown_order get one that they know, and undo it too', async t => {
  const service = await anOrderService(t, [])
  publishOnlyTypesOf('0.1.0')
  t.teardown(() => publishOnlyTypesOf('9.9.9'))
  await service.receives(paymentSucceeded('forged'))
  t.like((await service.published())[0], { type: 'order.cancelled', data: { reason: 'requested' } })
  t.like(await service.order('forged'), { status: 'cancelled', reason: 'unknown_order' })
})

test('a pending order whose window is over is cancelled: expired; an accepted one is not', async t => {
  const service = await anOrderService(t, ['A', 'B'], 0)
  await service.receives(stockReserved('B'), paymentSucceeded('B'))
  await service.published()
  t.is(await expire(service.db), 1)
  t.like(await service.order('A'), { status: 'cancelled', reason: 'expired' })
  t.is((await service.order('B'))?.status, 'accepted')
  t.deepEqual(await service.publishedTypes(), [['order.cancelled', 2]])
})

test('an order whose window is not over is left alone', async t => {
  const service = await anOrderService(t, ['A'])
  t.is(await expire(service.db), 0)
})

test('the deadline and the payment race: one of them wins, never both', async t => {
  const names = Array.from({ length: 10 }, (_, n) => `order ${n}`)
  const service = await anOrderService(t, names, 0)
  await service.receives(...names.map(name => stockReserved(name)))
  await Promise.all([expire(service.db), service.receives(...names.map(paymentSucceeded)), expire(service.db)])
  const published = await service.published()
  t.is(published.length, 10)
  t.deepEqual(published.map(({ key }) => key).sort(), names.map(idOf).sort())
})

test('the catalogue follows the newest word about an item, in whichever order the words come', async t => {
  const service = await anOrderService(t, [])
  const priceOf = async (sku: string) => (await findItems(service.db.read, [sku])).get(sku)?.unitPrice
  await service.receives(itemCreated('mug', 100), itemUpdated('mug', 300, 3), itemUpdated('mug', 200, 2))
  t.is(await priceOf('mug'), 300)
  await service.receives(itemUpdated('mug', 200, 2))
  t.is(await priceOf('mug'), 300)
  await service.receives(itemUpdated('mug', 400, 4))
  t.is(await priceOf('mug'), 400)
})

test('whatever would cancel an order that has been accepted comes too late', async t => {
  const service = await anOrderService(t, ['A'])
  await service.receives(stockReserved('A'), paymentSucceeded('A'))
  await service.published()
  await service.receives(paymentFailed('A'))
  t.is(await service.db.transaction(tx => cancelAll(tx, [{ id: idOf('A'), reason: 'expired' }])), 0)
  t.is((await service.order('A'))?.status, 'accepted')
  t.deepEqual(await service.published(), [])
})
