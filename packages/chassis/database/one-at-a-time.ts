import { withTimeLimit } from '@docket/foundation/time-limit.ts'

/**
 * A query whose concurrent callers share one execution. Rejects when there is no result `withinMs` after the execution
 * began, which may be at once for a caller who joins late; the execution continues.
 */
export type TimedQuery<T> = (withinMs: number) => Promise<T>

/** A query that may be triggered at any rate, such as those of /readyz and /metrics: it uses one connection. */
export function oneAtATime<T>(question: () => Promise<T>): TimedQuery<T> {
  let underWay: Promise<T> | undefined
  let startedAtMs = 0
  return async withinMs => {
    if (!underWay) {
      startedAtMs = performance.now()
      underWay = question().finally(() => {
        underWay = undefined
      })
    }
    return withTimeLimit(
      Math.max(0, startedAtMs + withinMs - performance.now()),
      underWay,
      () => new Error(`no answer within ${withinMs / 1_000} s`),
    )
  }
}
