import { purging, type PurgeStep } from '@docket/chassis/purge.ts'
import { deleteShipments, pastShipments } from './retention.store.ts'

export const purges = (): PurgeStep[] => [
  purging({ name: 'purge shipments', mark: 'orders', next: pastShipments, delete: deleteShipments }),
]
