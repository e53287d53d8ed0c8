import test from 'ava'
import { orderLimits, weightOf } from './order.limits.ts'

const anna = {
  id: 'anna',
  username: 'anna',
  role: 'customer',
  sessionId: 's',
  rightsVersion: 1,
  expiresAtMs: Infinity,
} as const
const ben = { ...anna, id: 'ben' }
const olga = { ...anna, id: 'olga', role: 'operator' } as const

test('a customer creates so many orders a minute, an operator ten times as many', t => {
  const limits = orderLimits(6, () => 0)
  for (let i = 0; i < 6; i++) limits.admit(anna)
  t.like(
    t.throws(() => limits.admit(anna)),
    { status: 429, code: 'too_many_requests', headers: { 'retry-after': '65' } },
  )
  t.notThrows(() => limits.admit(ben))
  for (let i = 0; i < 60; i++) limits.admit(olga)
  t.throws(() => limits.admit(olga))
})

test('a rejected order counts three times', t => {
  let nowMs = 0
  const limits = orderLimits(6, () => nowMs)
  for (let i = 0; i < 2; i++) {
    limits.admit(anna)
    limits.rejected([{ customerId: 'anna', lines: 1 }])
  }
  t.throws(() => limits.admit(anna))
  nowMs = 65_000
  t.notThrows(() => limits.admit(anna))
})

for (const [lines, weight] of [
  [1, 3],
  [3, 3],
  [4, 4],
  [100, 36],
] as const)
  test(`a rejected order of ${lines} lines counts ${weight} times`, t => t.is(weightOf({ lines }), weight))
