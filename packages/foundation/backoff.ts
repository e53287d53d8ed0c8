interface Backoff {
  /** Before the second attempt. */
  firstMs: number
  longestMs: number
}

/** Milliseconds to wait after a failed attempt, counted from 1: doubling up to the longest. */
export const doublingMs = (attempt: number, { firstMs, longestMs }: Backoff): number =>
  Math.min(longestMs, firstMs * 2 ** (attempt - 1))

/** Half of the time is random, so that callers who failed together do not retry in step. */
export const backoffMs = (attempt: number, backoff: Backoff, random: () => number = Math.random): number =>
  doublingMs(attempt, backoff) * (0.5 + random() / 2)
