import test from 'ava'
import { figure, median, percentile } from './statistics.ts'

const toHundred = Array.from({ length: 100 }, (_, n) => 100 - n)

test('a percentile is the value below which that share of the values lies', t => {
  t.is(percentile(toHundred, 99), 100)
  t.is(percentile(toHundred, 0), 1)
})

test('the median is the middle value, or lies between the middle two', t => {
  t.is(median([3, 1, 2]), 2)
  t.is(median([4, 1, 2, 8]), 3)
})

test('of no values there is no percentile and no median', t => {
  t.true(Number.isNaN(percentile([], 50)))
  t.true(Number.isNaN(median([])))
})

test('a figure says how far its repeats are apart', t => {
  t.deepEqual(figure([90, 110, 100]), { median: 100, spread: 0.2, repeats: [90, 110, 100] })
})
