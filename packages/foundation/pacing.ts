import { pauseUnlessAborted } from './abort.ts'

const longestMs = 20

/**
 * Pauses after a piece of work for as long as the work took, up to 20 ms, so that whatever arrives meanwhile becomes
 * one batch. Occasional work is not delayed; under load, half as many batches of twice the size use far less of the
 * machine. `signal` ends it early.
 */
export async function pace(tookMs: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(longestMs, tookMs)
  if (ms >= 1) await pauseUnlessAborted(ms, signal)
}
