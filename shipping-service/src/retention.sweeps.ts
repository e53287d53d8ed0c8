import { purging, type PurgeStep } from '@docket/chassis/purge.ts'
import { deleteOrders, pastOrders } from './retention.store.ts'

export const purges = (): PurgeStep[] => [
  purging({ name: 'purge shipments', mark: 'orders', next: pastOrders, delete: deleteOrders }),
]
