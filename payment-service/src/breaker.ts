/**
 * Stops calling a provider that fails every time. It is checked before payments are leased, not around each call as the
 * breakers of libraries are: a payment that is not leased has no attempt counted, and is due at once when the provider
 * is back.
 */
export interface Breaker {
  allows(calls: number): number
  succeeded(): void
  failed(): void
  isOpen(): boolean
}

const failuresUntilOpen = 10 // one after another, of any payments
const openMs = 1_000

export function breaker(now: () => number = () => performance.now()): Breaker {
  let failures = 0
  let openedAt = 0
  const isOpen = () => failures >= failuresUntilOpen
  return {
    isOpen,
    allows(calls) {
      if (!isOpen()) return calls
      if (now() - openedAt < openMs) return 0
      openedAt = now() // the next try, should this one fail, or never come back
      return Math.min(1, calls)
    },
    succeeded() {
      failures = 0
    },
    failed() {
      failures++
      if (isOpen()) openedAt = now()
    },
  }
}
