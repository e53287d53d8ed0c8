import { backgroundLook } from '@docket/foundation/background-look.ts'
import { restMs } from '@docket/foundation/pacing.ts'
import { risingFloor, type Look, type RisingFloor } from '@docket/foundation/rising-floor.ts'

/** The position from which a queue in a table is read. */
export interface QueueFloor extends Pick<RisingFloor, 'from'> {
  /** Something may wait below the floor: the next look is at the whole queue. */
  recheck(): void
}

/**
 * What a look reports of the transactions, as columns of its SELECT. Its own gets an id, and so a record of its end in
 * the log, where something may have passed the queue; no transaction waits for that record.
 */
export const transactionsSeen = (mayHavePassed = 'true') => `
  pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, set_config('synchronous_commit', 'off', true),
  CASE WHEN ${mayHavePassed} THEN pg_current_xact_id()::text END AS xid`
export const serverSeen = `concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()),
  (SELECT oid FROM pg_database WHERE datname = current_database())) AS server`

/** A row with the columns above, and those that are the queue's own. */
export interface LookRow {
  server: string
  xmin: string
  xid: string | null
  lowest: number | null
  next: number
}

const wholeEveryMs = 600_000

/**
 * Looks at a queue in the background for as long as it is read. A look may take as long as a statement may: no caller
 * waits for it, and one that fails changes nothing. Every ten minutes it looks at the whole queue, as people may write what
 * no service does: an old time, or a transaction that was idle for long before it wrote. Such a look may take longer than
 * the database allows; until one answers, they are further and further apart.
 */
export function queueFloor(
  look: (from: number) => Promise<LookRow | undefined>,
  floor = risingFloor(),
  { everyMs = 5_000, wholeAgainMs = 30_000 } = {},
): QueueFloor {
  let wholeAtMs = performance.now() + wholeEveryMs
  let recheckedAtMs = -Infinity
  let againMs = wholeAgainMs
  const lookInBackground = backgroundLook(
    async () => {
      const sentMs = performance.now()
      const isWhole = sentMs >= wholeAtMs
      if (isWhole) {
        wholeAtMs = sentMs + againMs // unless it answers
        againMs = Math.min(2 * againMs, wholeEveryMs)
      }
      const row = await look(isWhole ? 0 : floor.from())
      if (!row) return
      if (isWhole && recheckedAtMs < sentMs) {
        wholeAtMs = sentMs + wholeEveryMs
        againMs = wholeAgainMs
      }
      floor.found({ ...seenIn(row), sentMs, answeredMs: performance.now() })
    },
    tookMs => restMs(everyMs, tookMs),
  )
  return {
    from(server) {
      lookInBackground()
      return floor.from(server)
    },
    recheck() {
      recheckedAtMs = wholeAtMs = performance.now()
      againMs = wholeAgainMs
    },
  }
}

const seenIn = ({ server, xmin, xid, lowest, next }: LookRow): Omit<Look, 'sentMs' | 'answeredMs'> => ({
  server,
  xmin: BigInt(xmin),
  xid: xid === null ? undefined : BigInt(xid),
  lowest: lowest ?? undefined,
  next,
})
