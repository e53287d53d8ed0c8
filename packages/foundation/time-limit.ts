/**
 * Returns the result of the work; if it is late, calls `afterwards` and rejects with the error that `late` makes. The
 * work itself continues. No error is created for work that is in time: with its stack, it would cost more than many a
 * call.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  work: Promise<T>,
  late: () => Error,
  afterwards?: () => void,
): Promise<T> {
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    limit.reject(late())
    afterwards?.()
  }, limitMs)
  try {
    return await Promise.race([work, limit.promise])
  } finally {
    clearTimeout(timer)
  }
}
