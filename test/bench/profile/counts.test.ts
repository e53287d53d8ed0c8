import test from 'ava'
import { difference, dividedBy } from './counts.ts'

test('between two readings is the difference, of what was there before and of what is new', t => {
  t.deepEqual(
    difference(
      { log: { bytes: 100 }, requests: { Fetch: 5 } },
      { log: { bytes: 150 }, requests: { Fetch: 7, Produce: 2 } },
    ),
    { log: { bytes: 50 }, requests: { Fetch: 2, Produce: 2 } },
  )
  t.deepEqual(difference({}, { kafka: { reads: 3 } }), { kafka: { reads: 3 } })
})

test('a reading is divided number by number', t => {
  t.deepEqual(dividedBy({ flushes: 50, kafka: { reads: 30 } }, 10), { flushes: 5, kafka: { reads: 3 } })
})
