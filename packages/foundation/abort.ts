import { setTimeout as pause } from 'node:timers/promises'

/** For awaiting work that a signal may end: an intended abort is not a failure. */
export function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

/**
 * Resolves early when the signal aborts. Without `ref`, the wait does not keep the process alive. A time that has passed
 * may be given as a negative `ms`, about which Node would warn on stderr.
 */
export const pauseUnlessAborted = (ms: number, signal: AbortSignal, { ref = true } = {}): Promise<void> =>
  pause(Math.max(0, ms), undefined, { signal, ref }).catch(ignoreAbort)

/** Rejects with the signal's own reason when it aborts, because Node's error would not say why. */
export async function pauseOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  await pauseUnlessAborted(ms, signal)
  signal.throwIfAborted()
}

export const aborted = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * Returns the result of the work, or rejects with the signal's reason when that aborts first. The work itself
 * continues.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => undefined as void
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  if (signal.aborted) stop()
  try {
    return await Promise.race([work, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
