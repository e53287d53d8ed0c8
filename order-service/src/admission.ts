/** What the database shows at one moment, the same to all replicas. */
export interface Backlog {
  /** Orders that are not final, and do not wait for people to hand over a shipment. */
  open: number
  /** Of these, orders that wait for one of our steps and have made progress recently. */
  machines: number
  /** Of these, orders that wait for their payment and have made progress recently. */
  payment: number
  /** A counter of the orders that ended by the answer of another service, not by people or a clock. */
  ended: number
}

export interface AdmissionLimits {
  /** Orders that may be open at a time, whatever they wait for. */
  ceiling: number
  /** How long an order may wait for machines, at the present rate. */
  waitMs: number
}

/**
 * Limits the orders under way to as many as end within `waitMs`, at the rate at which they have ended recently. Each
 * replica has its own; as all see the same database, they find the same limit. docs/decisions/0030.
 */
export interface Admission {
  see(backlog: Backlog, nowMs: number): void
  limit(): number
  counted(): number
  /** Undefined while new orders are admitted, else the time in which the orders under way end. */
  retryAfterSeconds(): number | undefined
}

/** A cold service knows no rate and must accept a burst; and with so many orders the bench saturates a machine. */
export const leastLimit = 2_000

const windowMs = 3_000 // of the rate; longer than a batch takes
const leastWindowMs = 1_000
const longestLookMs = 20_000 // a statement has 15 s
const fallMs = 5_000
const fewest = leastLimit / 4 // fewer orders do not show how fast the machines are
const queueShare = 1 / 3 // of the wait: orders that take longer are in a queue
const paymentsWithinSeconds = 60
const longestRetrySeconds = 30

/** An order without progress for so many waits is not held up by load, but by people, a clock or a service that is down. */
export const staleAfterWaits = 10

export function admission({ ceiling, waitMs }: AdmissionLimits): Admission {
  const waitSeconds = waitMs / 1_000
  let seen: { atMs: number; ended: number }[] = []
  let backlog: Backlog = { open: 0, machines: 0, payment: 0, ended: 0 }
  /** Orders a second; 0: not known yet. */
  let capacity = 0

  const rate = () => {
    const [first, last] = [seen[0], seen.at(-1)]
    if (!first || !last || last.atMs - first.atMs < leastWindowMs) return 0
    return ((last.ended - first.ended) * 1_000) / (last.atMs - first.atMs)
  }

  // payments that would take longer than a minute wait for the provider: an overload is rejected long before
  const counted = () => backlog.machines + (backlog.payment <= paymentsWithinSeconds * rate() ? backlog.payment : 0)

  const limit = () => Math.min(ceiling, Math.max(leastLimit, Math.round(capacity * waitSeconds)))

  // Without a queue the rate shows how many orders arrive, not how many could end; and while none ends, something is
  // down. So a lower rate counts only while orders queue and end.
  const learn = (sinceMs: number, nowMs: number) => {
    const now = rate()
    const aWhileAgo = seen.findLast(({ atMs }) => atMs <= nowMs - leastWindowMs)
    const hasEnded = backlog.ended > (aWhileAgo?.ended ?? backlog.ended)
    if (now >= capacity) capacity = now
    else if (hasEnded && counted() > Math.max(fewest, now * waitSeconds * queueShare))
      capacity += (now - capacity) * (1 - Math.exp(-sinceMs / fallMs))
  }

  return {
    limit,
    counted,
    see(next, nowMs) {
      const sinceMs = nowMs - (seen.at(-1)?.atMs ?? nowMs)
      const within = (ms: number) => seen.filter(({ atMs }) => atMs >= nowMs - ms)
      const recent = within(windowMs)
      // when looks take long, none is recent, and the rate since the last is all there is
      seen = [...(recent.length > 0 ? recent : within(longestLookMs).slice(-1)), { atMs: nowMs, ended: next.ended }]
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
