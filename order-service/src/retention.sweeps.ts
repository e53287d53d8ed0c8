import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { mayPublish } from '@docket/chassis/messaging/published-types.ts'
import { readMarks, retentionKey, saveMarks, type Mark } from '@docket/chassis/messaging/purge-marks.ts'
import { purgeTransaction, purging, type PurgeStep } from '@docket/chassis/purge.ts'
import type { ReadRetention, Retention } from '@docket/chassis/retention.ts'
import { isSameMark, nextMark } from './retention.ts'
import { candidates, deleteOrders, deleteTimelines, pastOrders, pastTimelines } from './retention.store.ts'

/** What is deleted here when it is old, and what tells the other services how far they may go: docs/retention.md. */
export const purges = (retention: ReadRetention): PurgeStep[] => [
  { name: 'advance purge marks', run: advancing(retention) },
  purging({ name: 'purge timelines', mark: 'details', next: pastTimelines, delete: deleteTimelines }),
  purging({ name: 'purge orders', mark: 'orders', next: pastOrders, delete: deleteOrders }),
]

const advancing = (retention: ReadRetention) => {
  let known: Retention | undefined
  return async (db: Database): Promise<number> => {
    if (!mayPublish('retention.passed')) return 0 // a consumer of the release before would not ignore what is purged
    known ??= await retention()
    const { detailsMs, ordersMs } = known
    const advanced = detailsMs !== undefined && (await purgeTransaction(db, tx => advance(tx, detailsMs, ordersMs)))
    if (!advanced) known = undefined
    return Number(advanced ?? false)
  }
}

const ordersOfAStep = 2_000
const mostKept = 1_000 // as many as the contract allows
const noCeiling: Mark = { before: 'ffffffff-ffff-ffff-ffff-ffffffffffff', kept: [] }

/**
 * Moves the marks on, and publishes them in the same transaction. Only this service knows when an order became final; no
 * other one deletes what it has not been told of. Returns whether there was anything to move.
 */
async function advance(tx: Tx, detailsMs: number, ordersMs: number | undefined): Promise<boolean> {
  const marks = await readMarks(tx, 'FOR UPDATE')
  const moved = async (mark: Mark, retentionMs: number, ceiling: Mark) =>
    nextMark(mark, await candidates(tx, mark, retentionMs, ceiling, ordersOfAStep), mostKept)
  const details = await moved(marks.details, detailsMs, noCeiling)
  const orders = ordersMs === undefined ? marks.orders : await moved(marks.orders, ordersMs, details)
  if (isSameMark(details, marks.details) && isSameMark(orders, marks.orders)) return false
  const version = marks.version + 1
  saveMarks(tx, { details, orders, version })
  const data = {
    details: { before: details.before, kept: [...details.kept] },
    orders: { before: orders.before, kept: [...orders.kept] },
  }
  await publish(tx, [{ type: 'retention.passed', key: retentionKey, sequence: version, data }])
  return true
}
