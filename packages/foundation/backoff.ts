interface Backoff {
  firstMs: number
  longestMs: number
}

export const doublingMs = (attempt: number, { firstMs, longestMs }: Backoff): number =>
  Math.min(longestMs, firstMs * 2 ** (attempt - 1))

/** Half of the time is random, so that callers who failed together do not retry in step. */
export const backoffMs = (attempt: number, backoff: Backoff, random: () => number = Math.random): number =>
  doublingMs(attempt, backoff) * (0.5 + random() / 2)
