import test from 'ava'
import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { partitionOf } from './partition.ts'

const theirs = Partitioners.DefaultPartitioner()
const aPartition = { partitionErrorCode: 0, leader: 0, replicas: [], isr: [] }
const partitions = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({ ...aPartition, partitionId }))

test('a key has the partition that other clients of Kafka give it', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.integer({ min: 1, max: 100 }), (key, count) => {
      const expected = theirs({ topic: 'a', partitionMetadata: partitions(count), message: { key, value: null } })
      t.is(partitionOf(key, count), expected)
    }),
    { numRuns: 2_000 },
  )
})

test('records without a key are spread over all partitions', t => {
  const used = new Set(Array.from({ length: 12 }, () => partitionOf(null, 6)))
  t.deepEqual([...used].sort(), [0, 1, 2, 3, 4, 5])
})
