import type { Database } from '@docket/chassis/database/database.ts'
import type { Sweep } from '@docket/chassis/sweeps.ts'

/** Runs each sweep once, one after the other, and waits for what it started. Returns how much they processed. */
export async function runSweeps(db: Database, sweeps: readonly Sweep[]): Promise<number> {
  let processed = 0
  for (const sweep of sweeps) {
    processed += await sweep.run(db, AbortSignal.timeout(60_000))
    await sweep.finish?.()
  }
  return processed
}
