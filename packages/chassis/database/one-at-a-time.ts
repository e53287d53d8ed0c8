import { withTimeLimit } from '@docket/foundation/time-limit.ts'

/**
 * A query whose concurrent callers share one execution. Rejects when there is no answer `withinMs` after the execution
 * began, which for a late caller may be at once; the execution goes on.
 */
export type TimedQuery<T> = (withinMs: number) => Promise<T>

/**
 * A queue for queries that may be triggered at any rate, such as those of /readyz and /metrics: all of them together
 * use one connection.
 */
export function queryQueue(): <T>(question: () => Promise<T>) => TimedQuery<T> {
  let last: Promise<unknown> = Promise.resolve()
  return question => {
    let underWay: ReturnType<typeof question> | undefined
    let startedAtMs = 0
    return async withinMs => {
      if (!underWay) {
        startedAtMs = performance.now()
        underWay = last.then(question).finally(() => {
          underWay = undefined
        })
        last = underWay.catch(() => undefined) // its callers get the error
      }
      return withTimeLimit(
        Math.max(0, startedAtMs + withinMs - performance.now()),
        underWay,
        () => new Error(`no answer within ${withinMs / 1_000} s`),
      )
    }
  }
}
