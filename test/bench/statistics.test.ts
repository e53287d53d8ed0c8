import test from 'ava'
import { figure, median, percentile } from './statistics.ts'

const toHundred = Array.from({ length: 100 }, (_, n) => 100 - n)

test('a percentile is the value below which so many are', t => {
  t.is(percentile(toHundred, 99), 100)
  t.is(percentile(toHundred, 0), 1)
  t.is(median([3, 1, 2]), 2)
})

test('of nothing there is no percentile', t => {
  t.true(Number.isNaN(median([])))
})

test('a figure says how far its repeats are apart', t => {
  t.deepEqual(figure([90, 110, 100]), { median: 100, spread: 0.2, repeats: [90, 110, 100] })
})
