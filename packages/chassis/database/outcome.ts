function marks() {
  const errors = new WeakSet<object>()
  return {
    /** Rethrows it. */
    mark(error: unknown): never {
      if (typeof error === 'object' && error !== null) errors.add(error)
      throw error
    },
    has: (error: unknown): boolean => typeof error === 'object' && error !== null && errors.has(error),
  }
}

/**
 * What kept a transaction from beginning: no connection, a refused login, an expired certificate, a server that takes no
 * changes because it is a standby. That is never the fault of what was to be done, so it can be done later.
 */
export const { mark: notBegun, has: isNotBegun } = marks()

/** Of a transaction whose COMMIT was sent, and not answered: it may have been committed. */
export const { mark: outcomeUnknown, has: isOutcomeUnknown } = marks()

/** For what a COMMIT failed with; `isAnswer`: whether the database said so. */
export const unlessAnswered =
  (isAnswer: (error: unknown) => boolean) =>
  (error: unknown): never => {
    if (isAnswer(error)) throw error
    return outcomeUnknown(error)
  }
