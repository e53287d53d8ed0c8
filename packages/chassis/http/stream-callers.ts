import type { User } from './route.ts'

const lookMs = 500 // what was revoked is seen for a second at most

/**
 * Ends open streams whose callers may not see them any more: the token has expired, the session was revoked, or the
 * rights have changed. Their clients come back with Last-Event-ID and a new token, if they get one. One timer for all
 * streams, none without streams.
 */
export function streamCallers(isRevoked: (user: User) => boolean, now: () => number = Date.now) {
  const open = new Map<() => void, User>()
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    const nowMs = now()
    for (const [end, user] of open) if (user.expiresAtMs <= nowMs || isRevoked(user)) end()
  }
  return {
    watch(user: User, end: () => void): () => void {
      open.set(end, user)
      timer ??= setInterval(look, lookMs).unref()
      return () => {
        open.delete(end)
        if (open.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}

export type StreamCallers = ReturnType<typeof streamCallers>
