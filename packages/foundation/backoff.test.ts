import test from 'ava'
import { backoffMs } from './backoff.ts'

const limits = { firstMs: 20, longestMs: 5_000 }

test('a wait doubles with each attempt, up to the longest', t => {
  t.deepEqual(
    [1, 2, 3, 9, 1_000].map(attempt => backoffMs(attempt, limits, () => 1)),
    [20, 40, 80, 5_000, 5_000],
  )
})

test('at least half of it is waited for, whatever chance says', t => {
  t.is(
    backoffMs(3, limits, () => 0),
    40,
  )
})
