import test from 'ava'
import { eventFilter, fittingNone, pattern, topicsNamed, type EventFilter } from './filter.ts'
import type { ShownEvent } from './shown-event.ts'

const event = (more: Partial<ShownEvent>): ShownEvent => ({
  topic: 'order-events',
  partition: 0,
  offset: 0,
  time: '2026-01-31T12:00:00.000Z',
  key: 'A',
  type: 'order.created',
  headers: {},
  data: {},
  ...more,
})

const created = event({
  key: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23',
  data: { orderId: 'A', customerId: 'ada', lines: [{ sku: 'mug', quantity: 1 }] },
  headers: { ce_source: '/order-service' },
})
const declined = event({
  topic: 'payment-events',
  type: 'payment.failed',
  data: { orderId: 'A', reason: 'card_declined' },
})
const odd = event({ type: null, key: null, data: 'not JSON' })

const cases: [string, EventFilter, ShownEvent, boolean][] = [
  ['without a filter all are shown', {}, odd, true],
  ['an order by its id', { order: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23' }, created, true],
  ['an order by the end of its id', { order: '2b6d9e0f1a23' }, created, true],
  ['an order by its id in capitals', { order: '01981B2C-7D3E-7A10-8C4F-2B6D9E0F1A23' }, created, true],
  ['a key in capitals', { order: 'ORDER-1' }, event({ key: 'ORDER-1' }), true],
  ['an end that is too short to mean one', { order: '23' }, created, false],
  ['one of several types', { type: ['order.created', 'x'] }, created, true],
  ['another type', { type: ['x'] }, odd, false],
  ['a header that is there', { header: ['ce_source'] }, created, true],
  ['a header with another value', { header: ['ce_source=/x'] }, created, false],
  ['all headers must be there', { header: ['ce_source=/order-service', 'x'] }, created, false],
  ['included by its data', { include: [/declined/] }, declined, true],
  ['not included', { include: [/declined/] }, created, false],
  ['excluded, though included', { include: [/payment/], exclude: [/declined/] }, declined, false],
  ['excluded by one of several expressions', { exclude: [/declined/, /nonsense/] }, declined, false],
  ['what is not JSON is matched as text', { include: [/not json/i] }, odd, true],
  ['a customer', { customer: 'ada' }, created, true],
  ['a customer in capitals', { customer: 'ADA' }, created, true],
  ['another customer', { customer: 'bob' }, created, false],
  ['an item', { sku: ['mug'] }, created, true],
  ['another item', { sku: ['plate'] }, created, false],
]
for (const [what, filter, one, expected] of cases)
  test(`events are chosen: ${what}`, t => t.is(eventFilter(filter)(one), expected))

const topics = ['order-events', 'order-events.dlq', 'orderXevents', 'stock-counts']
for (const [names, expected] of [
  [['order-events'], ['order-events']],
  [['order-*'], ['order-events', 'order-events.dlq']],
  [
    ['*.dlq', 'stock-????ts'],
    ['order-events.dlq', 'stock-counts'],
  ],
  [['order.events'], []],
  [['events', 'order-'], []],
] as const)
  test(`topics are chosen by patterns: ${names.join(' ')}`, t =>
    t.deepEqual(topics.filter(topicsNamed(names) ?? (() => false)), [...expected]))

test('all topics are all; unless any are named, the tail chooses', t => {
  t.deepEqual(topics.filter(topicsNamed(undefined, true) ?? (() => false)), topics)
  t.is(topicsNamed(undefined), undefined)
  t.throws(() => topicsNamed(['x'], true), { message: /--topic or --all-topics/ })
})

test('a name that no topic fits is told: it is mistyped, or the topic is not made yet', t => {
  t.deepEqual(fittingNone(['order-events', 'oder-events', '*.dlq', 'x*'], topics), ['oder-events', 'x*'])
})

test('an order that was for an item, or of a customer, stays so', t => {
  const wanted = eventFilter({ customer: 'ada', sku: ['mug'] })
  t.false(wanted(declined))
  t.true(wanted(created))
  t.true(wanted(declined))
})

test('orders that are known from elsewhere need no first event', t =>
  t.true(eventFilter({ customer: 'ada' }, ['A'])(declined)))

test('what is no expression, and what is no header, is wrong usage', t => {
  t.throws(() => pattern('--include')('('), { message: /--include/ })
  t.throws(() => eventFilter({ header: ['='] }), { message: /NAME=VALUE/ })
})
