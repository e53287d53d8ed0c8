import test from 'ava'
import { Chalk } from 'chalk'
import type { ShownEvent } from '../events/shown-event.ts'
import { renderSaga } from '../render/saga.ts'
import { isUndoing, nextStep, sagaOf, type SagaStep } from './saga.ts'
import type { Order } from '../client/shapes.ts'

const at = (ms: number) => new Date(Date.parse('2026-01-31T12:00:00.000Z') + ms).toISOString()
const order = (status: Order['status'], timeline: [string, number, string?][], more: Partial<Order> = {}): Order => ({
  id: 'A',
  customerId: 'c',
  status,
  lines: [],
  total: 0,
  currency: 'EUR',
  createdAt: at(0),
  updatedAt: at(0),
  expiresAt: at(900_000),
  version: 1,
  stuck: false,
  timeline: timeline.map(([event, ms, detail]) => ({
    at: at(ms),
    event,
    service: 'order-service',
    ...(detail !== undefined && { detail }),
  })),
  ...more,
})
const event = (type: string, ms: number, offset = 7): ShownEvent => ({
  topic: 't',
  partition: 1,
  offset,
  time: at(ms),
  key: 'A',
  type,
  headers: { ce_time: at(ms), ce_source: '/inventory-service' },
  data: { orderId: 'A' },
})

const states = (steps: readonly SagaStep[]) => Object.fromEntries(steps.map(({ step, state }) => [step, state]))

test('an order under way: what is done, what runs, what waits', t => {
  const { steps, inWords } = sagaOf(
    order(
      'pending',
      [
        ['order.created', 0],
        ['stock.reserved', 40],
      ],
      { waitsFor: { name: 'charge', service: 'payment-service', step: 'the charge', since: at(40) } },
    ),
    [],
  )
  t.like(states(steps), {
    'order placed': 'done',
    'stock reserved': 'done',
    'card charged': 'running',
    'order accepted': 'waiting',
  })
  t.is(steps[1]?.tookMs, 40)
  t.is(inWords, 'it waits for the charge, by payment-service')
})

test('a declined card: what failed, what was undone, and why', t => {
  const declined = order(
    'cancelled',
    [
      ['order.created', 0],
      ['stock.reserved', 40],
      ['payment.failed', 90, 'card declined'],
      ['order.cancelled', 100],
    ],
    { reason: 'payment_failed', detail: 'card declined' },
  )
  const saga = sagaOf(declined, [event('stock.released', 120)])
  t.like(states(saga.steps), {
    'stock reserved': 'undone',
    'card charged': 'failed',
    'parcel shipped': 'not needed',
    'order cancelled': 'failed',
  })
  t.is(saga.tookMs, 100)
  t.is(saga.inWords, 'it was cancelled: the card was not charged (card declined)')
  t.deepEqual(saga.ahead, ['stock.released'])
  t.false(isUndoing(saga))
  t.true(isUndoing(sagaOf(declined, [])))
})

test('an event that came twice is one step, at its first offset', t => {
  const { steps } = sagaOf(order('pending', [['order.created', 0]]), [
    event('stock.reserved', 30, 7),
    event('stock.reserved', 60, 8),
  ])
  t.like(steps[1], { state: 'done', offset: 7, at: at(30) })
})

test('events that the order service has not consumed yet are shown, and so is an unavailable Kafka', t => {
  const look = { colour: new Chalk({ level: 0 }), width: 80, now: new Date(), utc: true }
  t.regex(
    renderSaga(sagaOf(order('pending', [['order.created', 0]]), [event('stock.reserved', 30)]), look),
    /has not consumed yet: stock\.reserved/,
  )
  t.regex(renderSaga(sagaOf(order('pending', [['order.created', 0]]), undefined), look), /topics could not be read/)
})

test('the timeline fits 80 columns, and tells by words what colour tells', t => {
  const look = { colour: new Chalk({ level: 0 }), width: 80, now: new Date(), utc: true }
  const text = renderSaga(
    sagaOf(
      order(
        'rejected',
        [
          ['order.created', 0],
          ['stock.rejected', 20, 'mug: 900 wanted, 3 left '.repeat(9)],
          ['order.rejected', 30],
        ],
        { reason: 'out_of_stock' },
      ),
      [],
    ),
    look,
  )
  for (const line of text.split('\n')) t.true(line.length <= 80, line)
  t.regex(text, /✗ failed +12:00:00\.020Z +\+20ms +stock reserved/)
})

test('the next step in words', t => {
  const after = (...events: string[]) => nextStep(events.map(event => ({ event })))
  t.is(after(), 'the reservation of stock, by inventory-service')
  t.is(after('order.created', 'stock.reserved'), 'the charge, by payment-service')
  t.is(after('order.created', 'order.completed'), undefined)
})

test('what the topics know and order-service does not is not waited for', t => {
  const pending = order('pending', [['order.created', 0]], {
    waitsFor: { name: 'reservation', service: 'inventory-service', step: 'the reservation of stock', since: at(0) },
  })
  const saga = sagaOf(pending, [event('stock.reserved', 30), event('payment.succeeded', 60)])
  t.is(saga.inWords, 'it waits for its acceptance, by order-service')
  t.like(states(saga.steps), { 'card charged': 'done', 'order accepted': 'running', 'parcel shipped': 'waiting' })
  t.is(sagaOf(pending, undefined).waitsFor?.name, 'reservation')
})

test('each shipment is a step, and so is what was cancelled or came back', t => {
  const of = (event: string, ms: number, ref?: string) => ({
    at: at(ms),
    event,
    service: 'a-service',
    ...(ref !== undefined && { ref }),
  })
  const timeline = [
    of('order.created', 0),
    of('stock.reserved', 10),
    of('payment.succeeded', 20),
    of('order.accepted', 30),
    of('shipment.shipped', 40, 'S1'),
    of('stock.committed', 50, 'S1'),
    of('order.cancel_requested', 60, 'R'),
    of('shipment.lines_withdrawn', 70, 'R'),
    of('order.lines_cancelled', 80, 'R'),
    of('shipment.shipped', 90, 'S2'),
  ]
  const refunded = { ...event('payment.refunded', 100), data: { orderId: 'A', refundId: 'R', requestId: 'R' } }
  const shippedAgain = { ...event('shipment.shipped', 90), data: { orderId: 'A', shipmentId: 'S2' } }
  const lines = [{ sku: 'mug', name: 'Mug', quantity: 3, unitPrice: 100, cancelled: 1, shipped: 1, returned: 0 }]
  const saga = sagaOf({ ...order('accepted', []), lines, timeline }, [shippedAgain, refunded])
  t.deepEqual(
    saga.steps.map(({ step, state, ref }) => `${step}: ${state}${ref === undefined ? '' : ` ${ref}`}`),
    [
      'order placed: done',
      'stock reserved: done',
      'card charged: done',
      'order accepted: done',
      'parcel shipped: done S1',
      'parcel shipped: done S2',
      'stock left: done S1',
      'stock left: running',
      'order completed: waiting',
      'cancel request: done R',
      'cancel decided: done R',
      'lines cancelled: done R',
      'money refunded: done R',
    ],
  )
  t.deepEqual(saga.ahead, ['payment.refunded'])
})

test('a topic says which shipment it was, and the timeline of the release before does not: they are one step', t => {
  const shipped = { ...event('shipment.shipped', 40), data: { orderId: 'A', shipmentId: 'S1' } }
  const { steps, ahead } = sagaOf(order('accepted', [['shipment.shipped', 40]]), [shipped])
  t.is(steps.filter(({ step }) => step === 'parcel shipped').length, 1)
  t.deepEqual(ahead, [])
})
