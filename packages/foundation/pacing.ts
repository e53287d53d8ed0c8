import { pauseUnlessAborted } from './abort.ts'

const longestMs = 20

/**
 * Pauses after a piece of background work for as long as it took, up to 20 ms, so that it leaves time for requests and
 * events. `signal` ends it early.
 */
export async function pace(tookMs: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(longestMs, tookMs)
  if (ms >= 1) await pauseUnlessAborted(ms, signal)
}
