export const silentMs = 3_000

/** Does the work; when it takes longer than people wait without a word, says so, once. */
export async function tellingWaits<T>(tell: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(tell, silentMs).unref()
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}

/** For the end of a wait with a signal: that it was ended on purpose is no failure. */
export function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
