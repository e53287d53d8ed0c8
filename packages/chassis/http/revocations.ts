import { accessTokenSeconds } from '@docket/foundation/access-token.ts'
import type { User } from './route.ts'

const slackMs = 30_000 // clocks of two machines differ, and an event is under way for a moment

/** How long a revocation matters: what was signed before it has ended by then. */
export const rememberedMs = accessTokenSeconds * 1_000 + slackMs

/** What ends access tokens before their time, as far as it was heard of. */
export interface Revocations {
  /** An event of `user-events`, of any type, also of one that a newer release brought. */
  apply(type: string | undefined, data: unknown): void
  /** Whether a token must be refused. On the path of every request. */
  isRevoked(user: Pick<User, 'id' | 'sessionId' | 'rightsVersion'>): boolean
  size(): number
}

/**
 * Remembers the smallest version of the rights that tokens of a user may have, and the sessions that were revoked, for
 * as long as a token lives: memory is bounded by how fast they come.
 */
export function revocations(now: () => number = Date.now): Revocations {
  // by user and by session; a Map keeps the order of insertion, so the oldest come first
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
        rights.delete(userId) // the youngest comes last
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
