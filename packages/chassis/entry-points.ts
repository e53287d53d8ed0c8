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
  /** A signature does not show that a user still has the rights, so a service may check. Default: yes. */
  confirms?: (tx: Tx, user: User) => Promise<boolean>
  starts?: (db: Database) => Promise<void>
}
