import type { Database } from '@docket/chassis/database.ts'
import { through } from '@docket/kafka/failpoint.ts'
import { cancelAll } from './order.steps.ts'
import { lockExpired } from './order.store.ts'

/** Cancels pending orders whose reservation window is over; says how many. */
export const expire = (db: Database): Promise<number> => db.transaction(async tx => {
  const expired = await lockExpired(tx, 500)
  if (expired.length === 0) return 0
  const cancellations = expired.map(id => ({ id, reason: 'expired' as const, detail: 'not fulfilled within the reservation window' }))
  return through('expire-orders', () => cancelAll(tx, cancellations))
})
