import test from 'ava'
import { attemptMs, expectLease, LeaseEnded, waitForMs } from './lease.ts'

test('an answer is waited for as long as an attempt lasts, or as the lease leaves', t => {
  t.is(waitForMs({ answerByMs: 20_000 }, 0), attemptMs)
  t.is(waitForMs({ answerByMs: 20_000 }, 15_000), 5_000)
  t.is(waitForMs({ answerByMs: 20_000 }, 19_500), undefined, 'no call is worth so little')
  t.is(waitForMs({ answerByMs: 20_000 }, 25_000), undefined, 'another replica may be at it')
})

test('no call begins when its answer is due', t => {
  t.notThrows(() => expectLease({ answerByMs: 20_000 }, 19_999))
  t.throws(() => expectLease({ answerByMs: 20_000 }, 20_000), { instanceOf: LeaseEnded })
})
