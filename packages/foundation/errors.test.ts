import test from 'ava'
import { asError, messageOf, messageWithCauses } from './errors.ts'

const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`)

const messages: [what: string, error: unknown, message: string][] = [
  ['an error', new Error('no such file'), 'no such file'],
  ['what is no error', 'no', 'no'],
  ['nothing', undefined, 'undefined'],
  ['an error without a message', new TypeError(), 'TypeError'],
  ['one with a cause', new Error('', { cause: refused('::1:5432') }), 'connect ECONNREFUSED ::1:5432'],
  [
    'one per address of a host',
    new AggregateError([refused('::1:5432'), refused('127.0.0.1:5432')]),
    'connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127.0.0.1:5432',
  ],
  ['a collection with a message', new AggregateError([refused('::1:5432')], 'not reached'), 'not reached'],
  ['an empty collection', new AggregateError([]), 'AggregateError'],
]
for (const [what, error, message] of messages)
  test(`the message of ${what}`, t => {
    t.is(messageOf(error), message)
  })

test('a message with its causes names each once', t => {
  const failed = new Error('fetch failed', { cause: refused('::1:80') })
  t.is(
    messageWithCauses(new Error('charging', { cause: failed })),
    'charging: fetch failed: connect ECONNREFUSED ::1:80',
  )
  t.is(messageWithCauses(new Error('', { cause: failed })), 'fetch failed')
  t.is(messageWithCauses('no'), 'no')
})

test('what was thrown is an error, itself when it is one', t => {
  const error = new Error('no')
  t.is(asError(error), error)
  t.is(asError('no').message, 'no')
})
