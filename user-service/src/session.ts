const seconds = 1_000
const days = 24 * 60 * 60 * seconds

/** How long a session lives without being used. */
export const sessionMs = 30 * days

/** How long the refresh token before the last one is still answered: the answer may have been lost on its way. */
const graceMs = 10 * seconds

export interface Session {
  id: string
  userId: string
  refreshHash: string
  previousHash: string | null
  rotatedAt: Date | null
  expiresAt: Date
  revokedAt: Date | null
}

/**
 * What a refresh token that belongs to a session is good for: `rotate` gives the next one; `repeat` gives the same next
 * one again, because its first answer may have been lost; `stolen` means that somebody uses a token that was used up
 * long ago, so the session must end; `over` that it has ended.
 */
export function refresh(session: Session, presentedHash: string, now: Date): 'rotate' | 'repeat' | 'stolen' | 'over' {
  if (session.revokedAt !== null || session.expiresAt <= now) return 'over'
  if (session.refreshHash === presentedHash) return 'rotate'
  const rotatedAt = session.rotatedAt?.getTime() ?? 0
  return session.previousHash === presentedHash && now.getTime() - rotatedAt <= graceMs ? 'repeat' : 'stolen'
}
