import test from 'ava'
import fc from 'fast-check'
import { needsNewKey, pauseAfter, reasonCode, verdict, type DuePayment, type ProviderAnswer } from './payment.ts'
import type { TroubleKind } from './provider.ts'
import type { PaymentStatus } from '@docket/contract/terms.ts'

const fresh: DuePayment = {
  orderId: 'o',
  id: 'p',
  key: 'p',
  formerKeys: [],
  amount: 900,
  currency: 'EUR',
  token: 'tok_ok',
  attempts: 0,
  answered: 0,
  cancelled: false,
  givenUp: false,
  reason: null,
  trouble: null,
  troubleCount: 0,
  firstAttemptAt: new Date(0),
  lastAttemptAt: null,
  unknownAt: null,
  sinceUnknownMs: null,
  traceparent: null,
  answerByMs: Infinity,
}
// it crashed, or its result is not known
const unanswered = { ...fresh, attempts: 1, answered: 0, unknownAt: new Date(0), sinceUnknownMs: 5_000 }
const unansweredLongAgo = { ...unanswered, sinceUnknownMs: 48_000 }
const triedInVain = { ...fresh, attempts: 3, answered: 3 }
const othersWork = { sinceFirstAttempt: true, sinceLastAttempt: true }
const noOthersAnswered = { sinceFirstAttempt: false, sinceLastAttempt: false }
const trouble = (kind: TroubleKind, code: string): ProviderAnswer => ({
  outcome: 'error',
  kind,
  code,
  message: `the provider answered ${code}`,
  ...(kind !== 'not_known' && { reason: 'no_such_card' }),
})
const decide = (
  payment: DuePayment,
  answer: ProviderAnswer,
  others = noOthersAnswered,
  now: Partial<DuePayment> = {},
) => verdict(payment, { ...payment, ...now }, answer, others)

const cases: [string, DuePayment, ProviderAnswer, typeof othersWork, PaymentStatus, Partial<DuePayment>?][] = [
  ['captured: it succeeds', fresh, { outcome: 'captured', reference: 'r' }, noOthersAnswered, 'succeeded'],
  [
    'captured after its order was cancelled: the money goes back',
    fresh,
    { outcome: 'captured', reference: 'r' },
    noOthersAnswered,
    'refunding',
    { cancelled: true },
  ],
  ['declined: it fails', fresh, { outcome: 'declined', reason: 'stolen' }, noOthersAnswered, 'failed'],
  [
    'declined in the answer to a second attempt',
    unanswered,
    { outcome: 'declined', reason: 'stolen' },
    noOthersAnswered,
    'failed',
  ],
  ['422: it fails, whatever becomes of others', fresh, trouble('refused', '422'), noOthersAnswered, 'failed'],
  [
    '422 after an attempt that is not known: it may be charged',
    unanswered,
    trouble('refused', '422'),
    othersWork,
    'charging',
  ],
  [
    '422 when the attempt that is not known cannot charge any more: it fails',
    unansweredLongAgo,
    trouble('refused', '422'),
    noOthersAnswered,
    'failed',
  ],
  [
    '404 then, while others are answered: it fails',
    unansweredLongAgo,
    trouble('ambiguous', '404'),
    othersWork,
    'failed',
  ],
  [
    '404 while nobody else is answered: configuration',
    fresh,
    trouble('ambiguous', '404'),
    noOthersAnswered,
    'charging',
  ],
  ['404 while others are answered: it is refused', triedInVain, trouble('ambiguous', '404'), othersWork, 'failed'],
  [
    '404 after an attempt that is not known: it may be charged',
    unanswered,
    trouble('ambiguous', '404'),
    othersWork,
    'charging',
  ],
  ['403: declines no payment', triedInVain, trouble('misconfigured', '403'), othersWork, 'charging'],
  ['503: it waits', fresh, trouble('not_known', '503'), othersWork, 'charging'],
  [
    'nothing was charged for a cancelled order',
    fresh,
    { outcome: 'untaken' },
    noOthersAnswered,
    'void',
    { cancelled: true },
  ],
  ['nothing was charged for a payment that was given up', fresh, { outcome: 'untaken' }, noOthersAnswered, 'failed'],
]
for (const [what, payment, answer, others, status, now] of cases)
  test(what, t => {
    t.is(decide(payment, answer, others, now).status, status)
  })

test('a refusal carries its reason as a code', t => {
  t.is(decide(fresh, trouble('refused', '422')).reason, 'no_such_card')
})

test('a refusal that does not count yet is not repeated before it does', t => {
  t.deepEqual(decide({ ...unanswered, trouble: '422', troubleCount: 9 }, trouble('refused', '422'), othersWork), {
    status: 'charging',
    trouble: '422',
    answered: true,
    arrived: true,
    nextAttemptInMs: 43_000,
  })
})

test('an answer that says that nothing was charged is remembered; one that leaves it open is not', t => {
  t.true(decide(fresh, trouble('misconfigured', '401')).answered)
  t.true(decide(fresh, trouble('ambiguous', '400')).answered)
  t.is(decide(fresh, trouble('not_known', '500')).answered, undefined)
})

test('a call that the provider has failed is on its way no longer; behind a gateway that gave up it may be', t => {
  const arrived = (code: string) => decide(fresh, trouble('not_known', code)).arrived ?? false
  t.deepEqual(['500', '503', '502', '504', 'timeout', '409'].map(arrived), [true, true, false, false, false, false])
  t.true(decide(fresh, trouble('misconfigured', '401')).arrived)
})

test('a payment that waits for an earlier attempt keeps its trouble, and this attempt charged nothing', t => {
  t.deepEqual(decide({ ...unanswered, trouble: '500', troubleCount: 4 }, { outcome: 'wait', forMs: 5_000 }), {
    status: 'charging',
    trouble: '500',
    troubleCount: 4,
    answered: true,
    arrived: true,
    nextAttemptInMs: 5_000,
  })
})

test('the same trouble ten times while others are answered is stuck; an outage is not', t => {
  const tenth = { ...unanswered, trouble: '500', troubleCount: 9, attempts: 9 }
  t.like(decide(tenth, trouble('not_known', '500'), othersWork), { stuck: true, troubleCount: 10 })
  t.is(decide(tenth, trouble('not_known', '500'), noOthersAnswered).stuck, undefined)
  t.like(decide(tenth, trouble('not_known', '503'), othersWork), { troubleCount: 1 })
})

test('Retry-After is kept to', t => {
  t.is(
    decide(fresh, { ...trouble('not_known', '429'), retryAfterMs: 60_000 } as ProviderAnswer).nextAttemptInMs,
    60_000,
  )
})

test('a key is replaced after four complete failures of this payment alone, then after four more', t => {
  const failed = (code: string, troubleCount: number, formerKeys: string[] = []) =>
    needsNewKey({ ...unanswered, trouble: code, troubleCount, formerKeys })
  t.deepEqual(
    [failed('500', 3), failed('500', 4), failed('500', 7, ['a']), failed('500', 8, ['a'])],
    [false, true, false, true],
  )
  t.deepEqual([failed('timeout', 5), failed('409', 5)], [false, false], 'a call that is under way may still charge')
})

test('the pause before a failed provider is retried grows, but never beyond 5 s', t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      attempts => pauseAfter(attempts) <= pauseAfter(attempts + 1) && pauseAfter(attempts) <= 5_000,
    ),
  )
  t.is(pauseAfter(1), 200)
})

for (const [answer, code] of [
  ['card_declined', 'card_declined'],
  ['Card Declined!', 'card_declined'],
  ['51: insufficient funds', 'insufficient_funds'],
  ['', 'declined'],
  ['___', 'declined'],
  ['Karte gesperrt – bitte anrufen', 'karte_gesperrt_bitte_anrufen'],
] as const) {
  test(`the reason of a provider becomes a code that an event may carry: "${answer}"`, t =>
    t.is(reasonCode(answer), code))
}

test('whatever a provider says, the code of it keeps the contract', t => {
  t.notThrows(() =>
    fc.assert(fc.property(fc.string({ maxLength: 200 }), answer => /^[a-z][a-z0-9_]{0,63}$/.test(reasonCode(answer)))),
  )
})
