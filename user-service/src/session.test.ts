import test from 'ava'
import { refresh, type Session } from './session.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000)
const session: Session = {
  id: 's',
  userId: 'u',
  refreshHash: 'current',
  previousHash: 'previous',
  expiresAt: at(3_600),
  revokedAt: null,
}
const first: Session = { ...session, previousHash: null }
const revoked: Session = { ...session, revokedAt: at(-1) }
const expired: Session = { ...session, expiresAt: at(-1) }

const cases: [string, Session, string, ReturnType<typeof refresh>][] = [
  ['the current token gives the next one', session, 'current', 'rotate'],
  ['the token before it gives the current one again: the answer may have been lost', session, 'previous', 'repeat'],
  ['any older one is stolen', session, 'older', 'stolen'],
  ['a session that was never refreshed has one token', first, 'older', 'stolen'],
  ['a session that was revoked is over', revoked, 'current', 'over'],
  ['an old token of a session that was revoked is no news', revoked, 'older', 'over'],
  ['an unused session is over', expired, 'current', 'over'],
  ['an old token of a session that is over is no news', expired, 'older', 'over'],
  ['a session is over at the very moment at which it ends', { ...session, expiresAt: now }, 'current', 'over'],
]
for (const [rule, given, hash, expected] of cases)
  test(rule, t => t.is(refresh(given, { hash, isMarked: true }, now), expected))

test('a guess that names a session ends nothing', t => {
  t.is(refresh(session, { hash: 'guess', isMarked: false }, now), 'over')
})

test('the token of a release that marked none is known by its hash', t => {
  t.is(refresh(session, { hash: 'current', isMarked: false }, now), 'rotate')
  t.is(refresh(session, { hash: 'previous', isMarked: false }, now), 'repeat')
})
