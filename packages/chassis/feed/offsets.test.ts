import test from 'ava'
import { idOf, nextAt, offsetsIn, setNext, type Offsets } from './offsets.ts'

test('an id names the next offset of every partition, and is read as it was written', t => {
  const offsets: Offsets = new Map([
    ['order-events', [17, 20, 4]],
    ['order-events.dlq', [0]],
  ])
  t.is(idOf(offsets), 'order-events:17.20.4~order-events.dlq:0')
  t.deepEqual(offsetsIn(idOf(offsets)), offsets)
})

for (const text of [
  '',
  'x',
  'order-events',
  'order-events:',
  'order-events:1.',
  'order-events:-1',
  'a:1~',
  'a:1\n',
  'A:1',
])
  test(`${JSON.stringify(text)} is no id`, t => t.is(offsetsIn(text), undefined))

test('partitions that were added since begin with their first record', t => {
  const offsets: Offsets = new Map([['order-events', [17]]])
  setNext(offsets, { topic: 'order-events', partition: 2 }, 3)
  t.deepEqual(offsets.get('order-events'), [17, 0, 3])
  t.is(nextAt(offsets, { topic: 'user-events', partition: 0 }), undefined)
})
