const days = 24 * 60 * 60 * 1_000

export const sessionMs = 30 * days

export type EndReason = 'logout' | 'revoked' | 'reuse' | 'password_changed' | 'disabled'

export interface Session {
  id: string
  userId: string
  refreshHash: string
  previousHash: string | null
  expiresAt: Date
  revokedAt: Date | null
}

export interface PresentedToken {
  hash: string
  /** It is one of this session: by its mark, which nobody can guess. */
  isMarked: boolean
}

/**
 * What a refresh token is good for: `rotate` gives the next one. `repeat`, of the one before the current one, gives the
 * current one again, however late: its answer may have been lost, as long as it was not used. `stolen`: two use this
 * session, one of them a token from before, so it must end. `over`: the session has ended, or the token is none of it.
 */
export function refresh(
  session: Session,
  { hash, isMarked }: PresentedToken,
  now: Date,
): 'rotate' | 'repeat' | 'stolen' | 'over' {
  if (session.revokedAt !== null || session.expiresAt <= now) return 'over'
  if (hash === session.refreshHash) return 'rotate'
  if (hash === session.previousHash) return 'repeat'
  return isMarked ? 'stolen' : 'over'
}
