/**
 * An error may have no message of its own, so the messages of the errors it collects or was caused by are used then.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  // Node's own message is empty when none of the addresses of a host answers
  const within = error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  return within.length > 0 ? within.map(messageOf).join(', ') : error.name
}

/** Includes the causes: fetch says only that it failed, and gives the reason in its cause. */
export function messageWithCauses(error: unknown): string {
  const message = messageOf(error)
  return error instanceof Error && error.message !== '' && error.cause !== undefined
    ? `${message}: ${messageWithCauses(error.cause)}`
    : message
}

/** JavaScript can throw anything, so the value may not be an Error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

const chainLimit = 8 // a chain of causes that leads back to itself ends here

/** Whether it holds of the error or of one that caused it. */
export function inChain(error: unknown, holds: (error: Error) => boolean): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < chainLimit; at = at.cause, depth++) {
    if (holds(at)) return true
  }
  return false
}

export const hasCodeOf = (codes: ReadonlySet<string>, error: unknown): boolean =>
  inChain(error, one => 'code' in one && typeof one.code === 'string' && codes.has(one.code))
