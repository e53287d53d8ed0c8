import test from 'ava'
import fc from 'fast-check'
import { cutBySize, sizeOf } from './batch-plan.ts'
import type { OutgoingRecord } from './record-codec.ts'

const record = (bytes: number): OutgoingRecord => ({
  topic: 'order-events',
  key: 'k',
  value: 'x'.repeat(bytes),
  headers: {},
})
const ofSizes = (...sizes: number[]) => sizes.map(record)

test('records that fit together are one batch', t => {
  const records = ofSizes(10, 10, 10)
  t.deepEqual(cutBySize(records, [0, 1, 2], 1_000), [[0, 1, 2]])
})

test('a batch ends before the record that would make it too large', t => {
  t.deepEqual(cutBySize(ofSizes(400, 400, 400), [0, 1, 2], 1_000), [[0, 1], [2]])
})

test('a record that is larger than the limit is a batch of its own', t => {
  t.deepEqual(cutBySize(ofSizes(10, 5_000, 10), [0, 1, 2], 1_000), [[0], [1], [2]])
})

test('only the given positions are cut, in their order', t => {
  t.deepEqual(cutBySize(ofSizes(400, 400, 400, 400), [3, 0, 2], 1_000), [[3, 0], [2]])
})

test('whatever the sizes: nothing is lost, order is kept, and only a record alone is over the limit', t => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 })), fc.integer({ min: 100, max: 4_000 }), (sizes, limit) => {
      const records = ofSizes(...sizes)
      const batches = cutBySize(
        records,
        records.map((_, position) => position),
        limit,
      )
      t.deepEqual(
        batches.flat(),
        records.map((_, position) => position),
      )
      for (const batch of batches) {
        const bytes = batch.reduce((sum, position) => sum + sizeOf(records[position] as OutgoingRecord), 0)
        t.true(batch.length === 1 || bytes <= limit)
      }
    }),
  )
})

test('text counts in bytes, not in characters', t => {
  const plain = sizeOf({ topic: 't', key: null, value: 'aa', headers: {} })
  t.is(sizeOf({ topic: 't', key: null, value: 'ää', headers: {} }), plain + 2)
})
