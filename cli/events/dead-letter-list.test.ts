import test from 'ava'
import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { chosenLetters, matches, type LetterFilter } from './dead-letter-list.ts'

const now = new Date('2026-01-31T12:00:00.000Z')

const letter = (more: Partial<StoredDeadLetter> = {}): StoredDeadLetter => ({
  id: 'order-events/17',
  topic: 'order-events',
  partition: 0,
  offset: '3',
  group: 'shipping-service',
  time: '2026-01-31T11:00:00.000Z',
  type: 'order.accepted',
  key: '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23',
  reason: 'cannot_be_handled',
  error: 'no',
  redrivenAt: null,
  dismissedAt: null,
  breaksContract: null,
  byReference: false,
  record: {
    topic: 'order-events.dlq',
    partition: 0,
    offset: '17',
    timestamp: '0',
    key: null,
    value: null,
    headers: {},
  },
  ...more,
})

const cases: [string, LetterFilter, boolean][] = [
  ['its topic', { topic: 'order-events' }, true],
  ['its dead-letter topic', { topic: 'order-events.dlq' }, true],
  ['another topic', { topic: 'payment-events' }, false],
  ['another type', { type: 'order.created' }, false],
  ['the end of its order', { order: '2b6d9e0f1a23' }, true],
  ['its age, at least', { olderThan: '1h' }, true],
  ['a greater age', { olderThan: '61m' }, false],
  ['its age, at most', { newerThan: '1h' }, true],
  ['a lesser age', { newerThan: '59m' }, false],
]
for (const [what, filter, expected] of cases)
  test(`dead letters are chosen by ${what}`, t => t.is(matches(filter, now)(letter()), expected))

test('of the chosen ones those that wait are meant, unless the others are asked for', t => {
  const letters = [
    letter({ id: 'a' }),
    letter({ id: 'b', redrivenAt: '2026-01-31T11:30:00.000Z' }),
    letter({ id: 'c', dismissedAt: '2026-01-31T11:30:00.000Z' }),
  ]
  const idsOf = (chosen: readonly StoredDeadLetter[]) => chosen.map(({ id }) => id)
  t.deepEqual(idsOf(chosenLetters(letters, [], { all: true })), ['a'])
  t.deepEqual(idsOf(chosenLetters(letters, [], { all: true, again: true })), ['a', 'b', 'c'])
  t.throws(() => chosenLetters(letters, [], {}), { message: /Nothing is chosen/ })
})
