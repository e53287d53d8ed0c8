import type { User } from './route.ts'

const lookMs = 500 // so a revocation takes effect within a second

/**
 * Ends open streams whose callers may no longer see them: the token has expired, the session was revoked, or the rights
 * have changed. Their clients reconnect with Last-Event-ID and a new token, if they get one. All streams share one
 * timer, which does not run without streams.
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
