import { inSmallBatches, purging, type PurgeStep } from '@docket/chassis/purge.ts'
import { deleteOldAttempts, deletePayments, pastPayments } from './retention.store.ts'

export const purges = (): PurgeStep[] => [
  inSmallBatches('purge attempts', 0, deleteOldAttempts),
  purging({ name: 'purge payments', mark: 'orders', next: pastPayments, delete: deletePayments }),
]
