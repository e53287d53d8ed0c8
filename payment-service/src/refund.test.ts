import test from 'ava'
import type { TroubleKind } from './provider.ts'
import {
  decideRefunds,
  goodwill,
  isWhole,
  leftToRefund,
  mayBeGiven,
  mayRetry,
  needsNewRefundKey,
  refundKeys,
  refundOf,
  refundVerdict,
  type DueRefund,
  type RefundablePayment,
  type RefundAnswer,
  type RefundRequest,
} from './refund.ts'

test('no more is given back than was captured, and a failed refund keeps its amount', t => {
  const left = leftToRefund(1_000, [{ id: 'a', amount: 800, status: 'failed' }])
  t.is(left, 200)
  t.like(refundOf('b', 300, left), { amount: 200, status: 'due' })
  t.like(refundOf('b', 300, 0), { amount: 0, status: 'given' })
  t.like(goodwill('c', 201, left, 'EUR'), {
    refused: 'exceeds_captured',
    detail: 'Of this payment 2.00 EUR can still be refunded.',
  })
  t.like(goodwill('c', 200, left, 'EUR'), { amount: 200, status: 'due' })
})

test('only a refund that failed is tried again, and not one that was given by hand', t => {
  t.deepEqual(
    (['due', 'given', 'failed', 'by_hand'] as const).filter(status => mayRetry({ status })),
    ['failed'],
  )
})

const paid = (change: Partial<RefundablePayment> = {}): RefundablePayment => ({
  orderId: 'A',
  paymentId: 'p',
  status: 'succeeded',
  amount: 1_000,
  currency: 'EUR',
  refunds: [],
  ...change,
})
const request = (refundId: string, amount: RefundRequest['amount']): RefundRequest => ({
  orderId: 'A',
  refundId,
  amount,
  reason: 'returned',
})
const decide = (payment: RefundablePayment | undefined, ...requests: RefundRequest[]) =>
  decideRefunds(new Map(payment && [[payment.orderId, payment]]), requests).map(({ id, amount }) => [id, amount])

test('refunds of one batch are limited by those before them, and the end of the order refunds the rest', t => {
  t.deepEqual(decide(paid(), request('a', 400), request('b', 700), request('c', 1)), [
    ['a', 400],
    ['b', 600],
    ['c', 0],
  ])
  t.deepEqual(decide(paid(), request('a', 400), request('A', 'rest')), [
    ['a', 400],
    ['A', 600],
  ])
})

test('a refund is decided once, whether its duplicate comes in the same batch or later', t => {
  t.deepEqual(decide(paid(), request('a', 400), request('a', 400)), [['a', 400]])
  t.deepEqual(decide(paid({ refunds: [{ id: 'a', amount: 400, status: 'failed' }] }), request('a', 400)), [])
})

test('what was not captured is not refunded', t => {
  for (const status of ['charging', 'failed', 'void'] as const)
    t.deepEqual(decide(paid({ status }), request('a', 400), request('A', 'rest')), [])
  t.deepEqual(decide(undefined, request('a', 400)), [])
})

test('of a payment that the end of its order refunds nothing is left, not even where the release before does it', t => {
  for (const status of ['refunding', 'refunded'] as const)
    t.deepEqual(decide(paid({ status }), request('a', 400), request('A', 'rest')), [['a', 0]])
})

const due: DueRefund = {
  id: 'r',
  orderId: 'A',
  paymentId: 'p',
  chargeKey: 'p',
  keyNumber: 1,
  amount: 300,
  captured: 1_000,
  currency: 'EUR',
  attempts: 0,
  trouble: null,
  troubleCount: 0,
  firstAttemptAt: new Date(0),
  lastAttemptAt: null,
  unknownAt: null,
  sinceUnknownMs: null,
  traceparent: null,
  answerByMs: Infinity,
}
const unanswered = { ...due, attempts: 1, unknownAt: new Date(0), sinceUnknownMs: 5_000 }
const othersWork = { sinceFirstAttempt: true, sinceLastAttempt: true }
const noOthersAnswered = { sinceFirstAttempt: false, sinceLastAttempt: false }
const trouble = (kind: TroubleKind, code: string): RefundAnswer => ({
  outcome: 'error',
  kind,
  code,
  message: `the provider answered ${code}`,
})

for (const [what, refund, answer, others, expected] of [
  ['it is given', due, { outcome: 'refunded' }, noOthersAnswered, { status: 'given' }],
  ['declined: it fails', due, { outcome: 'declined', reason: 'Closed!' }, noOthersAnswered, { cause: 'closed' }],
  ['422: it fails', due, trouble('refused', '422'), noOthersAnswered, { status: 'failed', cause: 'refused_422' }],
  [
    '422 after an attempt that is not known: it may be given',
    unanswered,
    trouble('refused', '422'),
    othersWork,
    { status: 'due', nextAttemptInMs: 43_000 },
  ],
  [
    '404 while no other refund is answered: configuration',
    due,
    trouble('ambiguous', '404'),
    noOthersAnswered,
    { status: 'due' },
  ],
  ['404 while others are answered: it fails', due, trouble('ambiguous', '404'), othersWork, { status: 'failed' }],
  ['401: it waits', due, trouble('misconfigured', '401'), othersWork, { status: 'due', known: 'last' }],
  [
    '503: it waits, and may be given',
    due,
    trouble('not_known', '503'),
    othersWork,
    { status: 'due', known: 'arrived' },
  ],
  [
    'the same trouble ten times while others are answered: it fails',
    { ...due, trouble: '500', troubleCount: 9 },
    trouble('not_known', '500'),
    othersWork,
    { status: 'failed', cause: 'no_answer_500', known: 'arrived' },
  ],
  [
    'the same trouble in an outage: it waits',
    { ...due, trouble: '500', troubleCount: 9 },
    trouble('not_known', '500'),
    noOthersAnswered,
    { status: 'due' },
  ],
] as const)
  test(`a refund: ${what}`, t => {
    t.like(refundVerdict(refund, answer, others), expected)
  })

test('a refund that waits for an earlier attempt keeps its trouble', t => {
  const refund = { ...unanswered, trouble: '500', troubleCount: 2 }
  t.deepEqual(refundVerdict(refund, { outcome: 'wait', forMs: 5_000 }, noOthersAnswered), {
    status: 'due',
    known: 'last',
    trouble: '500',
    troubleCount: 2,
    nextAttemptInMs: 5_000,
  })
})

test('a refund gets another key when it was declined, or after four failures under each key', t => {
  const failed = (code: string, troubleCount: number, keyNumber = 1) =>
    needsNewRefundKey({ trouble: code, troubleCount, keyNumber })
  t.deepEqual(
    [failed('500', 3), failed('500', 4), failed('500', 7, 2), failed('500', 8, 2)],
    [false, true, false, true],
  )
  t.deepEqual([failed('declined', 0), failed('timeout', 5)], [true, false])
  t.deepEqual(refundKeys({ id: 'r', keyNumber: 3 }), ['r-3', 'r-2', 'r'])
})

test('a part is looked up after an attempt that is not known, and under former keys; a whole charge needs no look-up', t => {
  t.deepEqual([mayBeGiven(due), mayBeGiven(unanswered), mayBeGiven({ ...due, keyNumber: 2 })], [false, true, true])
  const whole = { ...unanswered, amount: due.captured }
  t.deepEqual([isWhole(whole), mayBeGiven(whole), isWhole(due)], [true, false, false])
})
