export const silentMs = 3_000

/** Tells the user once when the work takes longer than people wait without feedback. */
export async function tellingWaits<T>(tell: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(tell, silentMs).unref()
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
