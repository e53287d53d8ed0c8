import type { Database } from '@docket/chassis/database/database.ts'
import type { Logger } from '@docket/chassis/log.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { accept, cancelAll } from './order.steps.ts'
import { countStuck, lockExpired, lockPaidAndReserved } from './order.store.ts'

export const expire = (db: Database): Promise<number> =>
  db.transaction(async tx => {
    const expired = await lockExpired(tx, 500)
    if (expired.length === 0) return 0
    const cancellations = expired.map(id => ({
      id,
      reason: 'expired' as const,
      detail: 'not fulfilled within the reservation window',
    }))
    return failpoint('expire-orders', () => cancelAll(tx, cancellations))
  })

/** Needed during an update: docs/saga.md. */
export const acceptPaid = (db: Database): Promise<number> =>
  db.transaction(async tx => {
    const paid = await lockPaidAndReserved(tx, 500)
    if (paid.length > 0) await accept(tx, paid)
    return paid.length
  })

export const noticeStuck =
  (stuckAfterMs: number, log: Pick<Logger, 'warn'>) =>
  async (db: Database): Promise<number> => {
    for (const { status, orders, oldestSeconds } of await countStuck(db.read, stuckAfterMs)) {
      if (orders > 0)
        log.warn(
          { status, orders, oldestSeconds: Math.round(oldestSeconds) },
          'orders are stuck; mgmt orders list --stuck says why',
        )
    }
    return 0
  }
