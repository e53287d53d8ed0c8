import type { Database } from '@docket/chassis/database/database.ts'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import { countUnderWay } from './order.store.ts'

const lookEveryMs = 250
const retryAfterSeconds = 2

/**
 * Rejects new orders while too many are under way. Accepting an order costs less than fulfilling it, so without this
 * limit, an intake above capacity would starve the later steps, and no order would be completed. Requests use the last
 * known count rather than wait for a new one.
 */
export function intakeLimit(most: number): (db: Database) => void {
  let underWay = 0
  let lookedAtMs = -Infinity

  const look = async (db: Database) => {
    lookedAtMs = performance.now()
    try {
      underWay = await countUnderWay(db.read, most)
    } catch {
      underWay = 0 // if the database is unavailable, the order itself will fail and report it
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
