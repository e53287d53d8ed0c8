/**
 * The server ends a session without a heartbeat after this time, so that a machine that vanished does not hold the lock
 * for hours.
 */
export const forgottenSeconds = 10

const heartbeatMs = 2_000

/** Keeps the session alive that holds a lock; when it does not answer, the lock may be lost. Returns what ends it. */
export function keepAlive(beat: () => Promise<unknown>, lost: AbortController): () => void {
  const beating = setInterval(() => {
    beat().catch((error: Error) => lost.abort(error))
  }, heartbeatMs)
  const end = () => clearInterval(beating)
  lost.signal.addEventListener('abort', end, { once: true })
  return end
}
