import test from 'ava'
import { lagTracker } from './lag.ts'

test('lag is the end of each partition at the last poll, less what was handled', t => {
  const lag = lagTracker(['order-events', 'payment-events'])
  t.deepEqual(
    lag.byTopic(),
    [
      { topic: 'order-events', records: 0 },
      { topic: 'payment-events', records: 0 },
    ],
    'every topic is there from the start',
  )
  lag.note('order-events', 0, '10', '30')
  lag.note('order-events', 1, '0', '5')
  t.is(lag.byTopic()[0]?.records, 25)
  lag.note('order-events', 0, '29', '30', 1) // 29 was the last of the batch
  t.deepEqual(lag.byTopic(), [
    { topic: 'order-events', records: 5 },
    { topic: 'payment-events', records: 0 },
  ])
})

test('partitions that another member has now are not ours to count', t => {
  const lag = lagTracker(['order-events'])
  lag.note('order-events', 0, '0', '7')
  lag.note('order-events', 1, '0', '5')
  lag.keep({ 'order-events': [1] })
  t.is(lag.byTopic()[0]?.records, 5)
  lag.keep({})
  t.is(lag.byTopic()[0]?.records, 0)
})
