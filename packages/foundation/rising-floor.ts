/**
 * From where a queue in a PostgreSQL table has to be read. The database keeps rows that have left it for as long as any
 * transaction can see them, such as that of a dump, and a read that begins at the first walks over all of them: a second
 * for one and a half million rows.
 *
 * What comes is higher than what came before, but a transaction may commit after later ones have, and no time limit ends
 * a COMMIT that waits for a synchronous standby. So the floor rises to a position only when all transactions that might
 * write below it have ended, and a look that saw what they wrote found nothing lower.
 */
export interface RisingFloor {
  /** 0: the whole queue. Another server than the one that was looked at is read from its beginning, too. */
  from(server?: string): number
  /** A look that began at `from()`, or lower. */
  found(look: Look): void
}

export interface Look {
  /** Another one has other transactions, and may have lost what this one had written last. */
  server: string
  /** All transactions below it have ended, and the look saw what they wrote. */
  xmin: bigint
  /**
   * Of the look itself: what had begun to write before has a lower one. The xmax of a snapshot does not say that, it
   * follows the last transaction that has ended. Undefined for a look that is to write nothing, not even its end.
   */
  xid: bigint | undefined
  /** Undefined: nothing waits. */
  lowest: number | undefined
  /** What is written from now on is not lower, except by transactions that have begun to write. */
  next: number
  sentMs: number
  answeredMs: number
}

const defaultSettledMs = 10_000 // between its position and its first write, a transaction takes microseconds

export function risingFloor(settledMs = defaultSettledMs): RisingFloor {
  const nothing = { floor: 0, next: 0 }
  let known: {
    floor: number
    next: number
    server?: string
    /** To be a mark when the transactions that were about to write below it have begun to. */
    settling?: { position: number; sinceMs: number }
    /** To be the floor when the transactions below `xid` have ended. */
    mark?: { position: number; xid: bigint }
  } = nothing

  return {
    from: server => (server === undefined || server === known.server ? known.floor : 0),
    found({ server, xmin, xid, lowest = Infinity, next, sentMs, answeredMs }) {
      // lower: a sequence that was restarted, a clock that was set back
      if (server !== known.server || next < known.next) known = nothing
      let { floor, mark, settling } = known
      if (mark && xmin >= mark.xid) {
        floor = mark.position
        mark = undefined
      }
      if (!mark && settling && xid !== undefined && sentMs - settling.sinceMs >= settledMs) {
        mark = { position: settling.position, xid }
        settling = undefined
      }
      settling ??= { position: next, sinceMs: answeredMs }
      known = { server, next, floor: Math.min(floor, lowest), ...(mark && { mark }), settling }
    },
  }
}
