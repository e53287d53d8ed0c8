import test from 'ava'
import { sizeOf } from '@docket/kafka/batch-plan.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { deadLetterHeadersBytes, maxMessageBytes } from '@docket/kafka/topics.ts'
import { toDeadLetter } from '@docket/kafka/dead-letter-record.ts'
import { readContract } from '../generate/contract/read.ts'
import { largestBytes, longestMatch } from './largest-event.ts'

const contract = await readContract(new URL('../../events/', import.meta.url))
const id = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'
const envelope = {
  id,
  source: '/inventory-service',
  key: 'x'.repeat(64),
  time: '2026-01-31T12:00:00.000Z',
  sequence: Number.MAX_SAFE_INTEGER,
  traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`,
}

for (const { topic, events } of contract) {
  for (const { type, schema } of events) {
    test(`the largest ${type} that its schema allows fits into its topic, and as a dead letter into the other`, t => {
      const payload = 'x'.repeat(largestBytes(schema, type))
      const record = toRecord(topic, { ...envelope, type: type as 'order.created', payload })
      t.true(sizeOf(record) < maxMessageBytes / 4, `${sizeOf(record)} bytes: a batch should hold a few`)
      const incoming = {
        ...record,
        partition: 0,
        offset: '9'.repeat(19),
        timestamp: '0',
        key: Buffer.from(envelope.key),
      }
      const value = Buffer.from(payload)
      const letter = toDeadLetter(
        { record: { ...incoming, value }, reason: 'cannot_be_handled', message: 'x'.repeat(5_000) },
        'inventory-service',
      )
      t.true(sizeOf(letter) - sizeOf(record) < deadLetterHeadersBytes)
    })
  }
}

test('a field without a bound is named', t => {
  t.throws(() => largestBytes({ type: 'object', properties: { note: { type: 'string' } } }, 'x'), {
    message: 'x.note: maxLength is missing',
  })
  t.throws(() => largestBytes({ type: 'array', items: { type: 'integer' } }, 'x'), {
    message: 'x: maxItems is missing',
  })
})

const patterns: [pattern: string, longest: number | undefined][] = [
  ['^[A-Z]{3}$', 3],
  ['^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', 64],
  ['^\\d{4}-\\d{2}$', 7],
  ['^\\d{2}(\\.\\d{1,9})?Z$', 13],
  ['^a+$', undefined],
  ['a', undefined],
]
for (const [pattern, longest] of patterns) {
  test(`the longest match of ${pattern}`, t => t.is(longestMatch(pattern), longest))
}
