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

const longestRestMs = 10_000

/**
 * The pause between two looks at a table for what has become due: at least `leastMs`, and three times as long as a look
 * takes, up to ten seconds, so that looking takes a quarter of a core at most. It takes long while the database keeps
 * rows that have left, for a transaction that can still see them.
 */
export const restMs = (leastMs: number, tookMs: number): number =>
  Math.max(leastMs, Math.min(longestRestMs, 3 * tookMs))
