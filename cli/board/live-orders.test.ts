import test from 'ava'
import type { Order } from '../client/shapes.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { liveOrders, pipsOf } from './live-orders.ts'

const at = (ms: number) => new Date(Date.parse('2026-01-31T12:00:00.000Z') + ms).toISOString()
const event = (order: string, type: string, ms: number, data: object = {}): ShownEvent => ({
  topic: 'order-events',
  partition: 0,
  offset: ms,
  time: at(ms),
  key: order,
  type,
  headers: {},
  data: { orderId: order, ...data },
})
const created = (order: string, ms = 0) =>
  event(order, 'order.created', ms, {
    customerId: `customer of ${order}`,
    lines: [{ sku: order === 'A' ? 'mug' : 'plate', quantity: 2 }],
    total: 900,
    currency: 'EUR',
  })
const listed = (id: string, more: Partial<Order>): Order => ({
  id,
  customerId: 'c',
  status: 'pending',
  lines: [],
  total: 900,
  currency: 'EUR',
  createdAt: at(0),
  updatedAt: at(0),
  expiresAt: at(900_000),
  version: 1,
  stuck: false,
  ...more,
})
const charge = { name: 'charge', service: 'payment-service', step: 'the charge', since: at(20) } as const
const all = (orders: ReturnType<typeof liveOrders>) => orders.list({}, Date.parse(at(60_000)), 100).orders

test('an order moves along its steps as its events go by', t => {
  const orders = liveOrders()
  const after = (type: string, ms: number, data?: object) => {
    orders.add(event('A', type, ms, data))
    const [order] = all(orders)
    return order && [order.status, order.waitsFor?.name, pipsOf(order).join(' ')]
  }
  orders.add(created('A'))
  t.deepEqual(after('stock.reserved', 10), ['pending', 'charge', 'done now ahead ahead ahead ahead'])
  t.deepEqual(after('payment.succeeded', 20), ['pending', 'acceptance', 'done done now ahead ahead ahead'])
  t.deepEqual(after('order.accepted', 30), ['accepted', 'shipment', 'done done done now ahead ahead'])
  t.deepEqual(after('order.completed', 60), ['completed', undefined, 'done done done done done done'])
})

test('an order that is cancelled shows where, and why', t => {
  const orders = liveOrders()
  for (const one of [created('A'), event('A', 'stock.reserved', 10), event('A', 'payment.failed', 20)]) orders.add(one)
  orders.add(event('A', 'order.cancelled', 30, { reason: 'payment_failed' }))
  orders.add(event('A', 'stock.released', 40))
  const [order] = all(orders)
  t.like(order, { status: 'cancelled', reason: 'payment_failed', waitsFor: undefined })
  t.is(order && pipsOf(order).join(' '), 'done failed none none none none')
})

test('how long an order waits is counted from its last step', t => {
  const orders = liveOrders()
  for (const one of [created('A'), event('A', 'stock.reserved', 10), event('A', 'stock.reserved', 500)]) orders.add(one)
  t.is(all(orders)[0]?.waitsSince, Date.parse(at(10)), 'a duplicate is no step')
})

test('what order-service lists is known too, and does not undo what went by since', t => {
  const orders = liveOrders()
  orders.know([listed('A', { waitsFor: charge, stuck: true, updatedAt: at(20) })])
  t.like(all(orders)[0], { stuck: true, waitsFor: { name: 'charge' }, waitsSince: Date.parse(at(20)) })
  for (const one of [created('B'), event('B', 'order.completed', 90)]) orders.add(one)
  orders.know([listed('B', { status: 'accepted', updatedAt: at(50), stuck: true })])
  t.like(orders.get('B'), { status: 'completed', stuck: false })
})

test('an answer of order-service that is older than an event takes no order a step back', t => {
  const orders = liveOrders()
  for (const one of [created('A'), event('A', 'stock.reserved', 20), event('A', 'payment.succeeded', 50)])
    orders.add(one)
  orders.know([listed('A', { waitsFor: charge, updatedAt: at(20) })])
  t.like(orders.get('A'), { waitsFor: { name: 'acceptance' }, waitsSince: Date.parse(at(50)) })
})

test('what went by before an answer of order-service still counts: half of an order is not all of it', t => {
  const orders = liveOrders()
  const shipment = { shipmentId: 'S', lines: [{ sku: 'mug', quantity: 1 }] }
  for (const one of [created('A'), event('A', 'order.accepted', 10), event('A', 'shipment.shipped', 20, shipment)])
    orders.add(one)
  const departure = { name: 'departure', service: 'inventory-service', step: 'the reserved stock to leave' } as const
  orders.know([listed('A', { status: 'accepted', waitsFor: { ...departure, since: at(30) }, updatedAt: at(30) })])
  orders.add(event('A', 'stock.committed', 40, shipment))
  t.is(orders.get('A')?.waitsFor?.name, 'shipment')
})

test('stuck orders are found among those that wait, and one that gets on is stuck no more', t => {
  const orders = liveOrders()
  orders.know([listed('A', { waitsFor: charge, stuck: true, updatedAt: at(20) }), listed('B', { waitsFor: charge })])
  const stuck = () => orders.list({ status: 'stuck' }, Date.parse(at(60_000)), 100).orders.map(({ id }) => id)
  t.deepEqual(stuck(), ['A'])
  orders.add(event('A', 'payment.succeeded', 50))
  t.deepEqual(stuck(), [])
})

test('an order of which the items are not known has no total, rather than none of a currency that is none', t => {
  const orders = liveOrders()
  orders.know([listed('A', { status: 'rejected', total: 0, currency: 'XXX' })])
  t.like(orders.get('A'), { status: 'rejected', total: undefined, currency: undefined })
})

test('the filter is by status, step, item, customer, age and text', t => {
  const orders = liveOrders()
  for (const one of [created('A'), event('A', 'stock.reserved', 10), created('B', 50_000)]) orders.add(one)
  const ids = (filter: Parameters<typeof orders.list>[0]) =>
    orders.list(filter, Date.parse(at(60_000)), 100).orders.map(({ id }) => id)
  t.deepEqual(ids({}), ['B', 'A'], 'newest first')
  t.deepEqual(ids({ step: 'charge' }), ['A'])
  t.deepEqual(ids({ sku: 'PLATE' }), ['B'])
  t.deepEqual(ids({ customer: 'of A'.toLowerCase() }), [])
  t.deepEqual(ids({ customer: 'customer of A' }), [])
  t.deepEqual(ids({ ageMs: 30_000 }), ['A'])
  t.deepEqual(ids({ text: 'the CHARGE' }), ['A'])
  t.deepEqual(ids({ status: 'open' }), ['B', 'A'])
  t.deepEqual(ids({ status: 'completed' }), [])
  t.deepEqual(orders.list({}, 0, 1).more, 1)
})

test('memory is bounded, and orders that have ended go first', t => {
  const orders = liveOrders(2)
  for (const one of [created('A'), created('B', 1), event('B', 'order.completed', 2), created('C', 3)]) orders.add(one)
  t.deepEqual(
    all(orders).map(({ id }) => id),
    ['C', 'A'],
  )
})
