import test from 'ava'
import fc from 'fast-check'
import { afterAnswer, pauseAfter, reasonCode } from './payment.ts'

const charging = { status: 'charging', cancelled: false } as const
const cancelledWhileCharging = { status: 'charging', cancelled: true } as const

test('a captured charge succeeds', t => {
  t.is(afterAnswer(charging, { outcome: 'captured', reference: 'r' }), 'succeeded')
})

test('a captured charge of a cancelled order is given back', t => {
  t.is(afterAnswer(cancelledWhileCharging, { outcome: 'captured', reference: 'r' }), 'refunding')
})

test('a declined charge fails, cancelled or not', t => {
  for (const payment of [charging, cancelledWhileCharging])
    t.is(afterAnswer(payment, { outcome: 'declined', reason: 'card_declined' }), 'failed')
})

test('a provider that fails changes nothing: the payment waits', t => {
  t.is(afterAnswer(charging, { outcome: 'error', message: '503' }), 'charging')
  t.is(afterAnswer({ status: 'refunding', cancelled: true }, { outcome: 'error', message: '503' }), 'refunding')
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
