import { createHash } from 'node:crypto'
import test from 'ava'
import { inLifecycleOrder, classify, type Subscription, type DeadLetter } from './classify.ts'
import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import { toRecord, type IncomingRecord } from './record-codec.ts'

const order = '01900000-0000-7000-8000-000000000001'

function record(type: string, value: unknown, more: Partial<IncomingRecord> = {}): IncomingRecord {
  const { headers } = toRecord('order-events', {
    id: idOf(`${type} ${JSON.stringify(value)}`),
    type: type as EventType,
    source: '/order-service',
    key: order,
    time: '2026-01-01T00:00:00.000Z',
    sequence: 1,
    payload: '',
  })
  return {
    topic: 'order-events',
    partition: 0,
    offset: '0',
    timestamp: '0',
    key: Buffer.from(order),
    value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    headers,
    ...more,
  }
}

/** The same for the same text. */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

const consumesCompleted: Subscription = { consumes: new Set(['order.completed']), ownsDeadLettersOf: new Set() }
const owner: Subscription = { consumes: new Set(), ownsDeadLettersOf: new Set(['order-events']) }
const completed = { orderId: order }

test('an event of a consumed type is delivered with the values of its headers', t => {
  const { deliveries, broken } = classify([record('order.completed', completed)], consumesCompleted)
  t.deepEqual(broken, [])
  t.like(deliveries[0]?.event, {
    type: 'order.completed',
    key: order,
    sequence: 1,
    source: '/order-service',
    data: completed,
  })
})

test('the same event twice in a batch is handed over once', t => {
  const twice = [record('order.completed', completed), record('order.completed', completed)]
  t.is(classify(twice, consumesCompleted).deliveries.length, 1)
})

test('an event of a type that is not consumed is dropped, unless this service is the dead-letter owner of its topic', t => {
  const broken = record('order.completed', { nonsense: true })
  t.deepEqual(classify([broken], { consumes: new Set(['order.created']), ownsDeadLettersOf: new Set() }), {
    deliveries: [],
    broken: [],
    unknown: [],
  })
  t.is(classify([broken], owner).broken.length, 1)
})

const headersWithout = (name: string) => {
  const { [name]: _, ...rest } = record('order.completed', completed).headers
  return rest
}

const brokenRecords: [what: string, DeadLetter['reason'], IncomingRecord][] = [
  ['no type', 'no_type', record('order.completed', completed, { headers: {} })],
  ['a type that is not noun.verbed', 'unknown_type', record('exploded', completed)],
  ['no key', 'no_key', record('order.completed', completed, { key: null })],
  ['no value', 'no_value', record('order.completed', completed, { value: null })],
  ['no ce_id', 'bad_header', record('order.completed', completed, { headers: headersWithout('ce_id') })],
  [
    'a sequence below 1',
    'bad_header',
    record('order.completed', completed, {
      headers: { ...record('order.completed', completed).headers, ce_sequence: '-1' },
    }),
  ],
  [
    'a ce_id that is not a UUID',
    'bad_header',
    record('order.completed', completed, { headers: { ...record('order.completed', completed).headers, ce_id: '7' } }),
  ],
  ['a value that is not JSON', 'not_json', record('order.completed', '{"orderId":')],
  [
    'a key that the data do not name',
    'breaks_contract',
    record('order.completed', completed, { key: Buffer.from('another order') }),
  ],
  [
    'data that name another order than the key',
    'breaks_contract',
    record('order.completed', { orderId: order.replace('01', '02') }),
  ],
  ['data that break the schema', 'breaks_contract', record('order.completed', { orderId: 'not a uuid' })],
  ['data that are a list', 'breaks_contract', record('order.completed', [])],
  ['a type with capitals', 'unknown_type', record('Order.Exploded', completed)],
  ['an unknown type without a key', 'no_key', record('order.exploded', completed, { key: null })],
  ['an unknown type with a value that is not JSON', 'not_json', record('order.exploded', '{"orderId":')],
  ['an unknown type with data that are a list', 'breaks_contract', record('order.exploded', [])],
  [
    'an unknown type without the other headers',
    'bad_header',
    record('order.exploded', completed, { headers: { ce_type: 'order.exploded' } }),
  ],
]

test('an event of a type that only a newer release knows is ignored and counted, by every consumer of its topic', t => {
  const records = [record('order.exploded', completed), record('order.exploded', { newer: true })]
  for (const subscription of [owner, consumesCompleted]) {
    const { deliveries, broken, unknown } = classify(records, subscription)
    t.deepEqual([deliveries, broken], [[], []])
    t.deepEqual(unknown, [{ topic: 'order-events', type: 'order.exploded', events: 2 }])
  }
})

for (const [what, reason, broken] of brokenRecords) {
  test(`a record with ${what} becomes a dead letter: ${reason}`, t => {
    const { deliveries, broken: letters } = classify([broken], owner)
    t.deepEqual(deliveries, [])
    t.is(letters[0]?.reason, reason)
  })
}

test("a batch is handled in the order of an order's life, each type in the order of arrival", t => {
  const event = (type: EventType, id: string) => ({ id, type }) as DocketEvent
  const arrived = [
    event('order.cancelled', '1'),
    event('order.created', '2'),
    event('order.cancelled', '3'),
    event('order.created', '4'),
    event('order.completed', '5'),
  ]
  const handled = inLifecycleOrder(arrived, ['order.created', 'shipment.shipped', 'order.cancelled'])
  t.deepEqual(
    handled.map(([type, events]) => [type, events.map(one => one.id)]),
    [
      ['order.created', ['2', '4']],
      ['order.cancelled', ['1', '3']],
    ],
  )
})
