import test from 'ava'
import { refresh, type Session } from './session.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000)
const session: Session = {
  id: 's',
  userId: 'u',
  refreshHash: 'current',
  previousHash: 'previous',
  rotatedAt: at(-5),
  expiresAt: at(3_600),
  revokedAt: null,
}

const cases: [string, Session, string, ReturnType<typeof refresh>][] = [
  ['the current token gives the next one', session, 'current', 'rotate'],
  ['the token before it is answered again for a while: the answer may have been lost', session, 'previous', 'repeat'],
  ['after a while it counts as stolen', { ...session, rotatedAt: at(-11) }, 'previous', 'stolen'],
  ['a session that was revoked is over', { ...session, revokedAt: at(-1) }, 'current', 'over'],
  ['an unused session is over', { ...session, expiresAt: at(-1) }, 'current', 'over'],
  ['a session is over at the very moment at which it ends', { ...session, expiresAt: now }, 'current', 'over'],
]
for (const [rule, given, hash, expected] of cases) test(rule, t => t.is(refresh(given, hash, now), expected))
