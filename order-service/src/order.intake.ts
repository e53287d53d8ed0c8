import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import { backgroundLook } from '@docket/foundation/background-look.ts'
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

  const look = async (tx: Tx) => {
    const backlog = await readBacklog(tx, limits.ceiling, staleAfterWaits * limits.waitMs)
    gate.see(backlog, performance.now())
    const counted = gate.counted()
    return { counted, others: backlog.open - counted }
  }
  // if the database is unavailable, the order itself will fail and report it
  const lookInBackground = backgroundLook(
    (db: Database) => look(db.read),
    (tookMs, hasFailed) => Math.min(hasFailed ? Infinity : longestRestMs, restMs(lookEveryMs, tookMs)),
  )

  return {
    look,
    limit: gate.limit,
    admit(db) {
      lookInBackground(db)
      const retryAfterSeconds = gate.retryAfterSeconds()
      if (retryAfterSeconds !== undefined)
        throw new Unavailable(
          'Too many orders are under way. Try again later, with the same Idempotency-Key.',
          retryAfterSeconds,
        )
    },
  }
}
