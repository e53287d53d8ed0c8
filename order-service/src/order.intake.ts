import type { Database } from '@docket/chassis/database/database.ts'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import { countUnderWay } from './order.store.ts'

const lookEveryMs = 250
const retryAfterSeconds = 2

/**
 * Turns new orders away while too many are under way. Taking an order costs less than fulfilling it: without this, an
 * intake at more than the system bears takes the machine from the rest of the way, and nothing is completed any more.
 * Who asks does not wait: the count is that of a moment ago.
 */
export function intakeLimit(most: number): (db: Database) => void {
  let underWay = 0
  let lookedAtMs = -Infinity

  const look = async (db: Database) => {
    lookedAtMs = performance.now()
    try {
      underWay = await countUnderWay(db.read, most)
    } catch {
      underWay = 0 // the database is away: the order itself will say so
    }
  }

  return db => {
    if (performance.now() - lookedAtMs > lookEveryMs) void look(db)
    if (underWay >= most)
      throw new Unavailable(
        `${most} orders are under way, as many as may be. Try again in a moment, with the same Idempotency-Key.`,
        retryAfterSeconds,
      )
  }
}
