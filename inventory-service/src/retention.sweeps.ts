import { purging, type PurgeStep } from '@docket/chassis/purge.ts'
import { deleteClaims, deleteMovements, pastClaims, pastMovements } from './retention.store.ts'

/**
 * What is deleted when it is old: docs/retention.md. Claims come first, because reservations wait until their claim is
 * gone.
 */
export const purges = (): PurgeStep[] => [
  purging({ name: 'purge claims', mark: 'details', next: pastClaims, delete: deleteClaims }),
  purging({ name: 'purge reservations', mark: 'orders', next: pastMovements, delete: deleteMovements }),
]
