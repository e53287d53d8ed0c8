import test from 'ava'
import { idOf, type Offsets } from './offsets.ts'
import { Entry, Recent } from './recent.ts'

const entry = (offset: number, partition = 0) =>
  new Entry({
    topic: 'order-events',
    partition,
    offset: String(offset),
    timestamp: '0',
    key: null,
    value: Buffer.alloc(500),
    headers: {},
  })

const offsetsFrom = (recent: Recent, cursor: number) => recent.slice(cursor, 100).map(({ offset }) => offset)

test('the newest are kept, and from which offset on all are there', t => {
  const recent = new Recent({ entries: 3, bytes: 1_000_000 })
  recent.begin({ topic: 'order-events', partition: 0 }, 0)
  recent.begin({ topic: 'order-events', partition: 1 }, 7)
  for (let offset = 0; offset < 10; offset++) recent.push(entry(offset))
  t.deepEqual(offsetsFrom(recent, recent.oldest), [7, 8, 9])
  t.is(recent.floor({ topic: 'order-events', partition: 0 }), 7)
  t.is(recent.floor({ topic: 'order-events', partition: 1 }), 7)
  t.is(recent.end, 10)
})

test('a cursor stays valid while others are dropped', t => {
  const recent = new Recent({ entries: 5, bytes: 1_000_000 })
  for (let offset = 0; offset < 5; offset++) recent.push(entry(offset))
  const cursor = recent.end
  for (let offset = 5; offset < 9; offset++) recent.push(entry(offset))
  t.deepEqual(offsetsFrom(recent, cursor), [5, 6, 7, 8])
})

test('large records take the place of many small ones', t => {
  const recent = new Recent({ entries: 100, bytes: 3_000 })
  for (let offset = 0; offset < 10; offset++) recent.push(entry(offset))
  t.deepEqual(offsetsFrom(recent, recent.oldest), [7, 8, 9])
})

test('readers that go along share an item, and one that was elsewhere or may see more gets its own', t => {
  const one = entry(4)
  const [here, there]: [Offsets, Offsets] = [new Map([['order-events', [5, 7]]]), new Map([['order-events', [5, 9]]])]
  const item = one.itemBehind('order-events:4.7', here, undefined)
  t.is(item.id, 'order-events:5.7')
  t.is(one.itemBehind('order-events:4.7', here, undefined), item)
  t.not(one.itemBehind('order-events:4.7', here, 'personal'), item)
  t.is(one.itemBehind('order-events:4.9', there, undefined).id, idOf(there))
  t.is(one.itemBehind('order-events:4.7', here, undefined).id, idOf(here))
})
