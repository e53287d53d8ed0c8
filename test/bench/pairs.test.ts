import test from 'ava'
import { interleaved, ratioOfPairs } from './pairs.ts'

test('two sides are compared pair by pair, so that drift between pairs has no effect', t => {
  const pairs = [
    { a: 100, b: 110 },
    { a: 200, b: 240 },
    { a: 400, b: 400 },
  ]
  t.deepEqual(ratioOfPairs(pairs), { median: 1.1, min: 1, max: 1.2, medianA: 200, medianB: 240 })
})

test('of equal sides the ratio is one', t => {
  const { median, min, max } = ratioOfPairs([
    { a: 3, b: 3 },
    { a: 7, b: 7 },
  ])
  t.deepEqual([median, min, max], [1, 1, 1])
})

test('the side that goes first alternates', async t => {
  const order: string[] = []
  const pairs = await interleaved(
    3,
    async () => order.push('A'),
    async () => order.push('B'),
  )
  t.is(order.join(''), 'ABBAAB')
  t.deepEqual(pairs, [
    { a: 1, b: 2 },
    { a: 4, b: 3 },
    { a: 5, b: 6 },
  ])
})
