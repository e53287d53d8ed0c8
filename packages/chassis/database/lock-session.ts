export interface LockHold {
  lost: AbortSignal
  release(): Promise<void>
}

export interface LockSessionOptions<Client> {
  name: string
  /**
   * The server ends a session without a heartbeat after this time, so that a machine that vanished does not hold the
   * lock for hours.
   */
  forgottenSeconds: number
  acquire(client: Client): Promise<boolean>
}

const heartbeatsUntilForgotten = 5

/** Keeps the session alive that holds a lock; when it does not answer, the lock may be lost. Returns what ends it. */
export function keepAlive(beat: () => Promise<unknown>, forgottenSeconds: number, lost: AbortController): () => void {
  const everyMs = (forgottenSeconds * 1_000) / heartbeatsUntilForgotten
  const beating = setInterval(() => {
    beat().catch((error: Error) => lost.abort(error))
  }, everyMs)
  const end = () => clearInterval(beating)
  lost.signal.addEventListener('abort', end, { once: true })
  return end
}
