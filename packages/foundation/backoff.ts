export interface Backoff {
  firstMs: number
  longestMs: number
}

/**
 * Milliseconds to wait after a failed attempt, counted from 1: doubling up to the longest, of which half is drawn by
 * chance, so that those who failed together do not come back in step.
 */
export function backoffMs(
  attempt: number,
  { firstMs, longestMs }: Backoff,
  random: () => number = Math.random,
): number {
  return Math.min(longestMs, firstMs * 2 ** (attempt - 1)) * (0.5 + random() / 2)
}
