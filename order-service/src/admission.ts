/** What the database knows at one moment: the same for all replicas. */
export interface Backlog {
  /** Orders that are not final. */
  open: number
  /** Of them those that wait for a step of ours, and got on lately. */
  machines: number
  /** Of them those that wait for their payment, and got on lately. */
  payment: number
  /** Orders that another service's answer has ended, ever: neither a person nor a clock did. */
  ended: number
}

export interface AdmissionLimits {
  /** Orders that may be open at a time, whatever they wait for. */
  ceiling: number
  /** For how long an order may wait for machines, at the rate at which orders end. */
  waitMs: number
}

/**
 * Finds by itself how many orders may be under way: as many as end within `waitMs`, at the rate at which they have ended
 * lately. Pure: times, of one clock, are arguments. Each replica has its own, and as all see the same database they come
 * to the same limit. docs/decisions/0031.
 */
export interface Admission {
  see(backlog: Backlog, nowMs: number): void
  /** How many may be under way. */
  limit(): number
  /** How many of the orders that are open count against the limit. */
  counted(): number
  /** Undefined while new orders are admitted; otherwise how long it takes until those under way now have ended. */
  retryAfterSeconds(): number | undefined
}

/**
 * Admitted before it is known how fast orders end: a burst that meets a cold service, or one that was idle. It is what
 * the machine of docs/performance.md keeps busy with, and it is the least limit, so that the pipeline is never empty.
 */
export const leastLimit = 2_000

const windowMs = 3_000 // over which a rate is taken: batches of a second or less do not show in it
const leastWindowMs = 1_000
const fallMs = 5_000
const fewest = leastLimit / 4 // fewer under way say nothing about how fast the machines are
const backlogShare = 1 / 3 // of the wait: orders that take longer than that queue
const paymentsWithinSeconds = 60
const longestRetrySeconds = 30

/** An order without progress for as many times the wait stands still: for somebody, for a clock, for a service that is down. */
export const staleAfterWaits = 10

export function admission({ ceiling, waitMs }: AdmissionLimits): Admission {
  const waitSeconds = waitMs / 1_000
  let seen: { atMs: number; ended: number }[] = []
  let backlog: Backlog = { open: 0, machines: 0, payment: 0, ended: 0 }
  /** At which orders end, a second, while there are enough of them; 0: not known yet. */
  let capacity = 0

  const rate = () => {
    const [first, last] = [seen[0], seen.at(-1)]
    if (!first || !last || last.atMs - first.atMs < leastWindowMs) return 0
    return ((last.ended - first.ended) * 1_000) / (last.atMs - first.atMs)
  }

  // Payments that are answered so slowly that a minute would not see them all wait for the provider, not for us: an
  // overload never gets so far, as it is turned away long before.
  const counted = () => backlog.machines + (backlog.payment <= paymentsWithinSeconds * rate() ? backlog.payment : 0)

  const limit = () => Math.min(ceiling, Math.max(leastLimit, Math.round(capacity * waitSeconds)))

  // Orders that end as they come say how many come, not how many could end; when none ends, something is down, and that
  // says as little. So the rate counts at once where it is higher, and slowly where it is lower and orders queue.
  const learn = (sinceMs: number, nowMs: number) => {
    const now = rate()
    const aWhileAgo = seen.findLast(({ atMs }) => atMs <= nowMs - leastWindowMs)
    const hasEnded = backlog.ended > (aWhileAgo?.ended ?? backlog.ended)
    if (now >= capacity) capacity = now
    else if (hasEnded && counted() > Math.max(fewest, now * waitSeconds * backlogShare))
      capacity += (now - capacity) * (1 - Math.exp(-sinceMs / fallMs))
  }

  return {
    limit,
    counted,
    see(next, nowMs) {
      const sinceMs = nowMs - (seen.at(-1)?.atMs ?? nowMs)
      seen = [...seen.filter(({ atMs }) => atMs >= nowMs - windowMs), { atMs: nowMs, ended: next.ended }]
      backlog = next
      learn(sinceMs, nowMs)
    },
    retryAfterSeconds() {
      const isFull = backlog.open >= ceiling
      if (!isFull && counted() <= limit()) return undefined
      const seconds = Math.ceil((isFull ? backlog.open : counted()) / rate())
      return Math.max(1, Math.min(longestRetrySeconds, seconds))
    },
  }
}
