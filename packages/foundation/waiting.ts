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
