import { pace } from '@docket/foundation/pacing.ts'
import { advisoryLocks } from './database/advisory-locks.ts'
import type { Database, Tx } from './database/database.ts'
import { noId, readMarks, type Mark, type PurgeMarks } from './messaging/purge-marks.ts'
import type { Sweep } from './sweeps.ts'

export interface PurgeRange {
  mark: Mark
  after: string
  limit: number
}

interface Purge {
  name: string
  mark: keyof Pick<PurgeMarks, 'details' | 'orders'>
  next(tx: Tx, range: PurgeRange): Promise<string[]>
  delete(tx: Tx, orderIds: readonly string[]): void
}

export type PurgeStep = Pick<Sweep, 'name' | 'run'>

const everyMs = 600_000
const ordersOfABatch = 500

/**
 * Runs the steps one after another, each to its end, since later ones may need earlier ones to be done. Also runs when
 * new marks have arrived: see `afterBatch`.
 */
export const purgeSweep = (steps: readonly PurgeStep[]): Sweep => ({
  name: 'purge',
  everyMs,
  afterBatch: () => true,
  async run(db, signal) {
    for (const { name, run } of steps) {
      try {
        while (!signal.aborted && (await run(db, signal)) > 0);
      } catch (error) {
        throw new Error(name, { cause: error })
      }
    }
    return 0
  },
})

export const purging = (purge: Purge, limit = ordersOfABatch): PurgeStep =>
  inSmallBatches(purge.name, noId, async (tx, after) => {
    const mark = (await readMarks(tx))[purge.mark]
    const ids = await purge.next(tx, { mark, after, limit })
    if (ids.length > 0) purge.delete(tx, ids)
    return ids.at(-1)
  })

/**
 * A transaction for a small part of a large table; undefined while another replica runs one. Without statistics, the
 * planner estimates that `ANY` of some hundred ids matches most of the table, and would read all of it for every batch:
 * 65 ms instead of 5 with 100,000 movements. So it is made to use the index; sequential scans are off in every
 * transaction (`plansForLargeTables`).
 */
export const purgeTransaction = <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T | undefined> =>
  db.transaction(async tx => {
    const { rows } = await tx.query<{ isOurs: boolean }>(
      `
      SELECT pg_try_advisory_xact_lock($1) AS "isOurs",
        set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`,
      [advisoryLocks.purge],
    )
    return rows[0]?.isOurs ? work(tx) : undefined
  })

/**
 * Walks a table in small transactions, starting at `first`, and pauses after each. `batch` returns its new position, or
 * undefined at the end. Rows that may not be deleted yet are passed over and met again in the next run. One replica at
 * a time does this.
 */
export function inSmallBatches<Position>(
  name: string,
  first: Position,
  batch: (tx: Tx, after: Position) => Promise<Position | undefined>,
): PurgeStep {
  let after = first
  return {
    name,
    async run(db, signal) {
      const fromMs = performance.now()
      const last = await purgeTransaction(db, tx => batch(tx, after))
      after = last ?? first
      if (last === undefined) return 0
      await pace(performance.now() - fromMs, signal)
      return 1
    },
  }
}
