import { withTimeLimit } from '@docket/foundation/time-limit.ts'

/**
 * Asks one thing of a database: who comes while it is being asked gets the same answer. Rejects when it was asked so
 * long ago and there is no answer: at once, then, for who comes late. It goes on being asked.
 */
export type TimedQuery<T> = (withinMs: number) => Promise<T>

/**
 * A queue for questions to a database that anybody may ask at any rate, such as /readyz and /metrics: all of them
 * together take one connection.
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
        last = underWay.catch(() => undefined) // whoever asked hears of it
      }
      return withTimeLimit(
        Math.max(0, startedAtMs + withinMs - performance.now()),
        underWay,
        () => new Error(`no answer within ${withinMs / 1_000} s`),
      )
    }
  }
}
