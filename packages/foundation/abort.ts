import { setTimeout as pause } from 'node:timers/promises'

/** For the end of a wait with a signal: that it was ended on purpose is no failure. */
export function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

/** Waits; less long when the signal aborts. Without `ref` the wait does not keep the process. */
export const pauseUnlessAborted = (ms: number, signal: AbortSignal, { ref = true } = {}): Promise<void> =>
  pause(ms, undefined, { signal, ref }).catch(ignoreAbort)

/** Waits; rejects with the signal's reason when that aborts, where Node's own error would not say why. */
export async function pauseOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  await pauseUnlessAborted(ms, signal)
  signal.throwIfAborted()
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** The result of the work; rejects with the signal's reason when that aborts before. The work itself goes on. */
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
