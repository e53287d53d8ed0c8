export interface CadenceLimits {
  shortestMs: number
  longestMs: number
}

/** When the next group of items may start. */
export interface Cadence {
  /** Called for each item, with how many others wait or are under way. */
  arrived(others: number): void
  /** By the monotonic clock. */
  nextMs(): number
  /** A group waits for `nextMs`. */
  held(): void
  started(size: number): void
  ended(tookMs: number): void
}

const timesItsWork = 3 // measured together with the limits: docs/decisions/0041
const aloneInARow = 3
const groupsUntilTriedAgain = 50

/**
 * Lets groups start at intervals, so that what arrives meanwhile sets off together. The first group after a rest starts
 * at once. The interval grows with the time that groups take, so that a busy machine gets fewer and larger ones.
 *
 * A client that waits for each answer before it sends the next request would only be slowed down: no other request joins
 * it. So after three groups that were held in vain, none is, until items meet again, or for a trial after fifty.
 */
export function cadence(
  { shortestMs, longestMs }: CadenceLimits,
  nowMs: () => number = () => performance.now(),
): Cadence {
  let lastMs = -Infinity
  let intervalMs = shortestMs
  let isHeld = false
  let heldInVain = 0
  let groupsUnheld = 0
  return {
    arrived(others) {
      if (others > 0) heldInVain = 0
    },
    nextMs: () => (heldInVain < aloneInARow ? lastMs + intervalMs : -Infinity),
    held() {
      isHeld = true
    },
    started(size) {
      lastMs = nowMs()
      if (isHeld && size === 1) heldInVain++
      isHeld = false
      if (heldInVain >= aloneInARow && groupsUnheld++ === groupsUntilTriedAgain) heldInVain--
      if (heldInVain < aloneInARow) groupsUnheld = 0
    },
    ended(tookMs) {
      intervalMs = Math.min(longestMs, Math.max(shortestMs, timesItsWork * tookMs))
    },
  }
}
