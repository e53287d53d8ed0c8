import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import { restMs } from '@docket/foundation/pacing.ts'
import { admission, staleAfterWaits, type Admission, type AdmissionLimits } from './admission.ts'
import { readBacklog } from './order.store.ts'

const lookEveryMs = 250
const longestRestMs = 1_000 // longer, and orders above the limit are admitted meanwhile

export interface Intake extends Pick<Admission, 'limit'> {
  /** Throws Unavailable. It does not wait for the database, but uses what was read a moment ago. */
  admit(db: Database): void
  /** Reads the orders that count towards the limit, and the others that are not final. */
  look(tx: Tx): Promise<{ counted: number; others: number }>
}

/**
 * Rejects new orders while too many are under way. Accepting an order costs less than fulfilling it, so without a limit,
 * an intake above capacity would starve the later steps, and no order would be completed.
 */
export function intakeOf(limits: AdmissionLimits): Intake {
  const gate = admission(limits)
  let lookAtMs = 0
  let isLooking = false

  const look = async (tx: Tx) => {
    const backlog = await readBacklog(tx, limits.ceiling, staleAfterWaits * limits.waitMs)
    gate.see(backlog, performance.now())
    const counted = gate.counted()
    return { counted, others: backlog.open - counted }
  }
  const lookInBackground = async (db: Database) => {
    isLooking = true
    const fromMs = performance.now()
    let restsMs = lookEveryMs
    try {
      await look(db.read)
      restsMs = Math.min(longestRestMs, restMs(lookEveryMs, performance.now() - fromMs))
    } catch {
      restsMs = restMs(lookEveryMs, performance.now() - fromMs)
      // if the database is unavailable, the order itself will fail and report it
    } finally {
      lookAtMs = performance.now() + restsMs
      isLooking = false
    }
  }

  return {
    look,
    limit: gate.limit,
    admit(db) {
      if (!isLooking && performance.now() >= lookAtMs) void lookInBackground(db)
      const retryAfterSeconds = gate.retryAfterSeconds()
      if (retryAfterSeconds !== undefined)
        throw new Unavailable(
          'Too many orders are under way. Try again later, with the same Idempotency-Key.',
          retryAfterSeconds,
        )
    },
  }
}
