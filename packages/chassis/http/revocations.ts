import { accessTokenSeconds } from '@docket/foundation/access-token.ts'
import type { User } from './route.ts'

const slackMs = 30_000 // for differences between clocks, and the time that an event is under way

/** How long a revocation matters: tokens signed before it have expired by then. */
export const rememberedMs = accessTokenSeconds * 1_000 + slackMs

export interface Revocations {
  /** Accepts an event of `user-events` of any type, including types that a newer release introduced. */
  apply(type: string | undefined, data: unknown): void
  /** Whether a token must be refused. On the path of every request. */
  isRevoked(user: Pick<User, 'id' | 'sessionId' | 'rightsVersion'>): boolean
  size(): number
}

/**
 * Remembers the lowest valid version of rights of each user and the revoked sessions for one token lifetime, so memory
 * is bounded by the rate of revocations.
 */
export function revocations(now: () => number = Date.now): Revocations {
  // by user and by session; a Map keeps insertion order, so the oldest come first
  const rights = new Map<string, { version: number; atMs: number }>()
  const sessions = new Map<string, { atMs: number }>()
  return {
    apply(type, data) {
      const nowMs = now()
      forget(rights, nowMs)
      forget(sessions, nowMs)
      if (typeof data !== 'object' || data === null) return
      const { userId, sessionId, rightsVersion } = data as Record<string, unknown>
      if (typeof userId === 'string' && Number.isSafeInteger(rightsVersion)) {
        const version = Math.max(rightsVersion as number, rights.get(userId)?.version ?? 0)
        rights.delete(userId) // moves the entry to the end, where the newest belong
        rights.set(userId, { version, atMs: nowMs })
      }
      if (type === 'session.revoked' && typeof sessionId === 'string' && !sessions.has(sessionId))
        sessions.set(sessionId, { atMs: nowMs })
    },
    isRevoked({ id, sessionId, rightsVersion }) {
      const known = rights.get(id)
      return (known !== undefined && rightsVersion < known.version) || sessions.has(sessionId)
    },
    size: () => rights.size + sessions.size,
  }
}

function forget(remembered: Map<string, { atMs: number }>, nowMs: number): void {
  for (const [name, { atMs }] of remembered) {
    if (nowMs - atMs < rememberedMs) return
    remembered.delete(name)
  }
}
