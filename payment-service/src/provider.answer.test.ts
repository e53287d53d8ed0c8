import test from 'ava'
import { readAnswer } from './provider.answer.ts'

const now = new Date('2026-01-31T12:00:00Z')
const read = (status: number, text: string, contentType = 'application/json', retryAfter?: string) =>
  readAnswer({ status, text, contentType, retryAfter: retryAfter ?? null }, now)
const page = '<html><h1>Forbidden</h1></html>'

for (const [status, text, kind] of [
  [402, '{}', 'refused'],
  [422, '{"error":"no such card"}', 'refused'],
  [401, '{}', 'misconfigured'],
  [403, '{}', 'misconfigured'],
  [405, '{}', 'misconfigured'],
  [407, '{}', 'misconfigured'],
  [404, page, 'misconfigured'],
  [404, '', 'misconfigured'],
  [422, page, 'misconfigured'],
  [400, '{}', 'ambiguous'],
  [404, '{}', 'ambiguous'],
  [410, '{}', 'ambiguous'],
  [418, '{}', 'ambiguous'],
  [302, '', 'not_known'],
  [408, '', 'not_known'],
  [409, '{}', 'not_known'],
  [425, '{}', 'not_known'],
  [429, '{}', 'not_known'],
  [500, '{}', 'not_known'],
  [503, page, 'not_known'],
  [200, 'hello', 'not_known'],
  [200, '{"outcome":"perhaps"}', 'not_known'],
  [200, '{"outcome":"captured"}', 'not_known'],
  [200, '{"outcome":"captured","reference":"r', 'not_known'],
] as const)
  test(`${status} ${text || '(empty)'} is ${kind}`, t => {
    t.like(read(status, text), { kind })
  })

test('a charge is read from a 200, and from nothing else', t => {
  t.deepEqual(read(200, '{"outcome":"captured","reference":"r1"}'), { outcome: 'captured', reference: 'r1' })
  t.deepEqual(read(200, '{"outcome":"declined","reason":"stolen"}'), { outcome: 'declined', reason: 'stolen' })
  t.like(read(500, '{"outcome":"captured","reference":"r1"}'), { kind: 'not_known' })
  t.like(read(400, '{"outcome":"declined","reason":"stolen"}'), { kind: 'ambiguous' })
})

for (const [text, reason] of [
  ['{"reason":"expired card"}', 'expired card'],
  ['{"code":"card_expired"}', 'card_expired'],
  ['{"error":"no such card"}', 'no such card'],
  ['{"error":{"code":"invalid_token","message":"…"}}', 'invalid_token'],
  ['{}', 'refused_422'],
] as const)
  test(`a refusal says why: ${text}`, t => {
    t.like(read(422, text), { kind: 'refused', reason })
  })

for (const [retryAfter, retryAfterMs] of [
  ['7', 7_000],
  ['Sat, 31 Jan 2026 12:00:30 GMT', 30_000],
  ['86400', 300_000],
  ['Sat, 31 Jan 2026 11:00:00 GMT', undefined],
  ['soon', undefined],
] as const)
  test(`Retry-After: ${retryAfter}`, t => {
    const answer = read(429, '{}', 'application/json', retryAfter)
    t.is('retryAfterMs' in answer ? answer.retryAfterMs : undefined, retryAfterMs)
  })
