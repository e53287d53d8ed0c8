import test from 'ava'
import { Chalk } from 'chalk'
import type { Look } from './look.ts'
import type { Order, Shipment } from '../client/shapes.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { highlighted, renderEvent } from './event.ts'
import { renderOrder, renderOrders, renderTimeline } from './order.ts'
import { renderReturn } from './return.ts'
import { renderShipment, renderShipments } from './shipment.ts'
import { renderStatus } from './status.ts'
import { plainly, short, widthOf } from './width.ts'
import { clean, facts, table } from './table.ts'

const look: Look = { colour: new Chalk({ level: 0 }), width: 80, now: new Date('2026-01-31T12:01:00.000Z'), utc: true }
const order: Order = {
  id: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23',
  customerId: 'c',
  status: 'cancelled',
  reason: 'payment_failed',
  detail: 'card declined',
  total: 3_600,
  currency: 'EUR',
  lines: [{ sku: 'plate', name: 'Dinner plate', quantity: 3, unitPrice: 1_200 }],
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '',
  expiresAt: '',
  version: 1,
  stuck: false,
  timeline: [
    { at: '2026-01-31T12:00:00.000Z', event: 'order.created', service: 'order-service' },
    { at: '2026-01-31T12:00:00.069Z', event: 'payment.failed', service: 'payment-service', detail: 'card declined' },
  ],
}

test('a list of orders fits 80 columns', t => {
  const text = renderOrders([{ ...order, detail: 'a very long story '.repeat(20) }], look)
  for (const line of text.split('\n')) t.true(line.length <= 80, line)
  t.regex(
    text,
    /^ID +STATUS +TOTAL +CREATED +NOTE\n01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 +cancelled +36\.00 EUR +1m 0s ago/,
  )
})

test('one order tells what, how much, why, and how it got there', t => {
  const text = renderOrder(order, look)
  for (const part of [
    /status +cancelled/,
    /reason +payment failed/,
    /total +36\.00 EUR/,
    /3 +plate +Dinner plate +12\.00/,
    /\+69ms +payment\.failed/,
  ])
    t.regex(text, part)
})

test('the status shows how many events wait in an outbox, and for how long the oldest', t => {
  const service = (name: string, rows: number, oldestSeconds: number, isCounted = true) => ({
    service: name,
    url: '',
    status: 'ready' as const,
    version: '0.1.0',
    uptimeSeconds: 60,
    checks: { database: { ok: true }, ...(!isCounted && { outbox: { ok: false, detail: 'no answer within 2.5 s' } }) },
    outbox: { rows, oldestSeconds },
    skewMs: 0,
  })
  const text = renderStatus(
    {
      context: 'local',
      at: '2026-01-31T12:00:00.000Z',
      services: [
        service('order-service', 0, 0),
        service('payment-service', 3, 90),
        service('shipping-service', 0, 0, false),
      ],
      kafka: { ok: false, brokers: 'k', detail: 'refused' },
      orders: {},
    },
    look,
  )
  t.regex(text, /^order-service +ready +0\.1\.0 +1m 0s +ok +0 /m)
  t.regex(text, /^payment-service +ready +0\.1\.0 +1m 0s +ok +3, 1m 30s /m)
  t.regex(text, /^shipping-service +ready +0\.1\.0 +1m 0s +ok +\? .*outbox: no answer/m)
})

test('the status of services whose details are not shown says who sees them', t => {
  const text = renderStatus(
    {
      context: 'local',
      at: '2026-01-31T12:00:00.000Z',
      services: [
        { service: 'order-service', url: '', status: 'ready', skewMs: 0 },
        { service: 'payment-service', url: '', status: 'not_ready', skewMs: 0 },
      ],
      kafka: { ok: false, brokers: 'k', detail: 'refused' },
      orders: {},
    },
    look,
  )
  t.regex(text, /^order-service +ready +– +– +– +– +–/m)
  t.regex(text, /^payment-service +not ready +– /m)
  t.regex(text, /^details +shown to operators and observers: mgmt login USERNAME$/m)
})

test('a timeline shows the time since the step before', t => {
  t.is(
    renderTimeline(order.timeline ?? [], look),
    [
      '12:00:00.000Z           order.created      order-service',
      '12:00:00.069Z    +69ms  payment.failed     payment-service    card declined',
    ].join('\n'),
  )
})

const event: ShownEvent = {
  topic: 'order-events',
  partition: 0,
  offset: 1,
  time: '2026-01-31T12:00:00.123Z',
  key: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23',
  type: 'order.created',
  headers: {},
  data: { lines: [{ sku: 'mug', quantity: 2 }], total: 900, currency: 'EUR' },
}

test('an event is one line: time, topic, type, order and the essentials', t => {
  t.is(renderEvent(event, look), '12:00:00.123Z order      order.created      2b6d9e0f1a23 2×mug  9.00 EUR')
})

for (const data of [null, 'not json', 7, [], { lines: 'no list' }, { total: 'much', currency: 5 }, { lines: [null] }]) {
  test(`whatever is in a topic is shown: ${JSON.stringify(data)}`, t =>
    t.notThrows(() => renderEvent({ ...event, type: null, key: null, data }, look)))
}

test('what other people wrote does not reach the terminal as commands', t => {
  t.is(clean('a\u001b[2Jb\u0007c\u202Ed'), 'a [2Jb c d')
  t.notRegex(renderEvent({ ...event, data: { reason: '\u001b]0;owned\u0007' } }, look), /\p{Cc}/u)
})

test('a table has no escapes without colour, and numbers stand to the right', t => {
  t.is(
    table(
      ['SKU', 'N'],
      [
        ['mug', '5'],
        ['plate', '100'],
      ],
      look,
      [1],
    ),
    'SKU      N\nmug      5\nplate  100',
  )
})

for (const width of [30, 60, 80, 120]) {
  test(`an event fits ${width} columns, also with wide letters`, t => {
    const line = renderEvent({ ...event, data: { reason: '注文が届きません '.repeat(20) } }, { ...look, width })
    t.true(widthOf(line) <= Math.max(width, 50), `${widthOf(line)}: ${line}`)
  })
}

test('a text is cut by its columns, not by its letters', t => {
  t.is(short('abcdef', 4), 'abc…')
  t.is(short('注文番号', 5), '注文…')
  t.is(widthOf('\u001b[31mred\u001b[39m'), 3)
})

test('a table gives up the columns that may get shorter, and keeps the others whole', t => {
  const text = table(['ID', 'NOTE', 'N'], [['a'.repeat(36), 'long '.repeat(30), '1']], { ...look, width: 60 }, [2], [1])
  t.true(
    text.split('\n').every(line => line.length <= 60),
    text,
  )
  t.regex(text, /^ID +NOTE +N\na{36} {2}long/)
})

test('a long value goes on below itself', t => {
  t.true(
    facts([['error', 'word '.repeat(40)]], look)
      .split('\n')
      .every(line => line.length <= 80),
  )
})

test('what matches stands out, by colour or by a mark', t => {
  t.is(highlighted('a declined card', [/declined/iu], look), '> a declined card')
  t.is(highlighted('a good card', [/declined/iu], look), '  a good card')
  const colour = new Chalk({ level: 1 })
  t.is(
    highlighted(colour.red('declined'), [/clin/iu], { ...look, colour }),
    '\u001b[31mde\u001b[7mclin\u001b[27med\u001b[39m',
  )
})

test('what is joined of several signs stays whole: a family, a word of Persian', t => {
  const family = '👨\u200d👩\u200d👧'
  const word = 'کتاب\u200cها'
  for (const text of [family, word]) {
    t.is(clean(text), text)
    t.is(plainly(text), text)
  }
  t.is(widthOf(family), 2)
  t.is(widthOf('👍🏽'), 2)
  t.is(widthOf(word), 6)
  t.is(short(`${family}${family}${family}`, 5), `${family}${family}…`)
})

for (const [text, width] of [
  ['✅ ⌚ ⭐', 8], // single emoji outside of the emoji planes
  ['❤\ufe0f', 2], // an emoji only because of its variation selector
  ['1\ufe0f\u20e3', 2],
  ['🇩🇪', 2],
  ['❤', 1],
  ['🖥', 1], // in an emoji plane, but shown as text
  ['西夏文 𗴂', 9],
  ['ソフト\u00adウェア', 12], // contains a soft hyphen
] as const)
  test(`a terminal shows ${JSON.stringify(text)} in ${width} columns`, t => t.is(widthOf(text), width))

const shipment: Shipment = {
  id: '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45',
  orderId: order.id,
  location: 'main',
  status: 'open',
  lines: [{ sku: 'mug', quantity: 2, returned: 0 }],
  createdAt: '2026-01-30T12:00:00.000Z',
  lateAt: '2026-01-31T12:00:00.000Z',
}

test('a shipment that should have left is late, and one that its carrier claims as lost says so', t => {
  const before = { ...look, now: new Date('2026-01-31T11:00:00.000Z') }
  t.regex(renderShipment(shipment, look), /status +open \(late\)\n/)
  t.regex(renderShipment(shipment, before), /status +open\n/)
  t.regex(renderShipments([shipment], look), /open \(late\) +2×mug/)
  const lost: Shipment = { ...shipment, status: 'lost', claim: 'lost', carrier: 'Harbour Post', trackingNumber: 'HP1' }
  t.regex(renderShipment(lost, look), /status +lost \(claimed\)\n/)
  t.notRegex(renderShipment({ ...shipment, status: 'shipped' }, look), /late/)
})

test('a return says in which condition its goods came', t => {
  const text = renderReturn(
    {
      id: shipment.id,
      orderId: order.id,
      shipmentId: shipment.id,
      kind: 'asked',
      status: 'received',
      lines: [
        { sku: 'mug', quantity: 1, condition: 'restock' },
        { sku: 'mug', quantity: 2, condition: 'scrap' },
      ],
      location: 'main',
      createdAt: '2026-01-30T12:00:00.000Z',
    },
    look,
  )
  t.regex(text, /lines +1×mug restock, 2×mug scrap\nat +main\n/)
})
