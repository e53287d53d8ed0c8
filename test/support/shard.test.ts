import test from 'ava'
import { readShard, sliceOf } from './shard.ts'

test('a shard that is none says how to write one', t => {
  for (const text of ['7/6', '0/6', '1', 'all', '1/0'])
    t.throws(() => readShard(text), { message: `--shard: ${text} is not like 2/6` })
  t.deepEqual(readShard('2/6'), { index: 1, of: 6 })
})

test('the slices of a list are the list, in its order', t => {
  const all = Array.from({ length: 23 }, (_, n) => n)
  for (const count of [1, 4, 6, 30]) {
    const slices = Array.from({ length: count }, (_, index) => sliceOf(all, { index, of: count }))
    t.deepEqual(slices.flat(), all)
    const lengths = slices.map(slice => slice.length)
    t.true(Math.max(...lengths) - Math.min(...lengths) <= 1, lengths.join())
  }
})
