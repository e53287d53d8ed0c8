import { pauseUnlessAborted } from './abort.ts'

const longestMs = 20

/**
 * Pauses after a piece of work that nobody waits for, for as long as it took, up to 20 ms, so that it never takes more
 * than half of a core from what somebody waits for. `signal` ends it early.
 */
export async function pace(tookMs: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(longestMs, tookMs)
  if (ms >= 1) await pauseUnlessAborted(ms, signal)
}
