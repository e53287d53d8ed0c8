import type { Topic } from '@docket/contract/event.ts'
import type { Database, Tx } from './database/database.ts'
import type { Route, User } from './http/route.ts'
import type { Handlers } from './messaging/handlers.ts'
import type { Measure, OwnMetric } from './metric-registry.ts'
import type { PurgeStep } from './purge.ts'
import type { ReadRetention } from './retention.ts'
import type { Sweep } from './sweeps.ts'

export interface EntryPoints {
  routes: readonly Route[]
  consumes?: Handlers
  publishes: Topic
  sweeps?: readonly Sweep[]
  purges?: (retention: ReadRetention) => readonly PurgeStep[]
  measures?: readonly Measure[]
  metrics?: readonly OwnMetric[]
  /** Whether a caller still is what the token says; asked for each token that is valid. By default: yes. */
  confirms?: (tx: Tx, user: User) => Promise<boolean>
  starts?: (db: Database) => Promise<void>
}
