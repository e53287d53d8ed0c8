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
      { waitsFor: { service: 'payment-service', step: 'the charge' } },
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

test('the next step of each event', t => {
  t.is(nextStep(undefined), 'order placed')
  t.is(nextStep('stock.reserved'), 'payment-service: card charged')
  t.is(nextStep('order.completed'), undefined)
  t.is(nextStep('stock.released'), undefined)
})
