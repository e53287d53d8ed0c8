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
  /** Its mark, which cannot be guessed, belongs to this session. */
  isMarked: boolean
}

/**
 * What a refresh token is good for. `rotate`: it yields the next one. `repeat`: the previous token yields the current
 * one again, however late, until that is used, because the response may have been lost. `stolen`: two parties use this
 * session, one of them with an old token, so it must end. `over`: the session has ended, or the token does not belong
 * to it.
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
