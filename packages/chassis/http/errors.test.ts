import test from 'ava'
import { outcomeUnknown } from '../database/outcome.ts'
import { refused } from '../refused.ts'
import { HttpError, invalid, problemAnswer, Unavailable } from './errors.ts'

const context = {
  requestId: 'r-1',
  refusals: { not_found: 404, slow_down: 429, unavailable: 503 },
  isTransient: (error: unknown) => error instanceof RangeError,
}

test('a refusal becomes a problem with the status of its route', t => {
  t.deepEqual(problemAnswer(refused('not_found'), context).answer, {
    status: 404,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      type: 'urn:docket:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: 'Not found.',
      code: 'not_found',
      requestId: 'r-1',
    },
  })
})

test('a refusal for a while tells how long', t => {
  t.is(
    problemAnswer(refused('slow_down', 'Wait.', { retryAfterSeconds: 0.2 }), context).answer.headers?.['retry-after'],
    '1',
  )
  t.is(problemAnswer(refused('unavailable'), context).answer.headers?.['retry-after'], '1')
  t.is(problemAnswer(refused('slow_down'), context).answer.headers?.['retry-after'], undefined)
})

test('a refusal has no stack, which would cost more than the rest of it; other errors keep theirs', t => {
  const frame = /\n +at /
  t.notRegex(new Unavailable('Too many orders are under way.').stack ?? '', frame)
  t.regex(new Error('wrong').stack ?? '', frame)
})

test('a refusal that its route does not list is a mistake of ours', t => {
  const { answer, unexpected } = problemAnswer(refused('who_knows'), context)
  t.is(answer.status, 500)
  t.regex(String(unexpected), /who_knows/)
})

test('facts never hide what every problem has', t => {
  const { body } = problemAnswer(
    refused('not_found', 'No.', { status: 1, code: 'x', requestId: 'y', sku: 'mug' }),
    context,
  ).answer
  t.like(body, { status: 404, code: 'not_found', requestId: 'r-1', sku: 'mug' })
})

test('a transient failure is found below what wraps it, also when causes go in a circle', t => {
  const circle = new Error('one')
  circle.cause = new Error('two', { cause: circle })
  const table: [unknown, number][] = [
    [new RangeError('unavailable'), 503],
    [new Error('saving', { cause: new Error('query', { cause: new RangeError('unavailable') }) }), 503],
    [circle, 500],
    [new Error('a bug'), 500],
    ['text', 500],
    [undefined, 500],
    [null, 500],
    [{}, 500],
  ]
  for (const [error, status] of table) t.is(problemAnswer(error, context).answer.status, status, String(error))
})

test('a client that would do something twice is not told to try again when it may have been done', t => {
  const error = new RangeError('the connection was lost')
  t.throws(() => outcomeUnknown(error))
  const failure = new Error('saving', { cause: error })
  const answerTo = (isRepeatable: boolean) => problemAnswer(failure, { ...context, isRepeatable }).answer
  t.like(answerTo(true), { status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable' } })
  t.like(answerTo(false), { status: 503, body: { code: 'outcome_unknown' } })
  t.is(answerTo(false).headers?.['retry-after'], undefined)
})

test('what is expected is not logged; what is unavailable is a warning, what is wrong an error', t => {
  t.deepEqual(Object.keys(problemAnswer(invalid([]), context)), ['answer'])
  t.deepEqual(Object.keys(problemAnswer(new HttpError(409, 'x', 'X.'), context)), ['answer'])
  t.truthy(problemAnswer(new Unavailable('Unavailable.', 2, new Error('why')), context).transient)
  t.truthy(problemAnswer(new RangeError('unavailable'), context).transient)
  t.truthy(problemAnswer(new Error('a bug'), context).unexpected)
})
