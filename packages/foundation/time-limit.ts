/**
 * The result of the work, or a rejection with what `late` makes when it is not there in time; then `afterwards` is
 * called. The work itself goes on. No error is made for work that is in time: with its stack it costs more than many a
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
