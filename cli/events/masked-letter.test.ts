import test from 'ava'
import { deadLetterIn } from '@docket/kafka/dead-letter-queue.ts'

import { maskedLetter, matches } from './dead-letter-list.ts'

const masked = '(masked)'

const letter = (headers: Record<string, string>, key = 'tok_1', value = '{"paymentToken":"tok_1"}') =>
  deadLetterIn({
    topic: 'order-events.dlq',
    partition: 0,
    offset: '3',
    timestamp: '1769860800000',
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: { dlq_reason: 'cannot_be_handled', dlq_group: 'payment-service', ...headers },
  })

test('a dead letter is listed without what may not be seen of its record, and cannot be found by it', t => {
  const written = letter({ ce_type: 'order.created', dlq_error: 'Key (token)=(tok_1) exists' })
  const shown = maskedLetter(written)
  t.like(shown, {
    key: masked,
    type: 'order.created',
    group: 'payment-service',
    error: `Key (token)=(${masked}) exists`,
  })
  t.false(JSON.stringify({ ...shown, record: undefined }).includes('tok_1'))
  t.false(matches({ order: 'tok_1' }, new Date())(shown))
})

test('of a dead letter that is not JSON no error is shown that could quote it', t => {
  const shown = maskedLetter(letter({ dlq_error: `Unexpected token, "tok_1" is not valid JSON` }, 'k', 'tok_1'))
  t.is(shown.error, masked)
  t.is(maskedLetter(letter({ dlq_error: 'the value is not JSON' }, 'k', 'tok_1')).error, 'the value is not JSON')
})
