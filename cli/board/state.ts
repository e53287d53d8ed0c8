import type { Cause, Order } from '../client/shapes.ts'
import type { OrderSteps } from '../client/generated/answers.ts'
import type { Columns, Rates } from './rates.ts'
import type { ServiceState } from '../system/status.ts'

// What the views show. Everything here may be seen by an observer.

export type StepNow = OrderSteps['steps'][number] & {
  /** Why it stands still, and the command that helps. */
  trouble?: Cause
}

export interface Letter {
  id: string
  group: string
  type: string | null
  key: string | null
  time: string
  error: string
}

export interface BoardState {
  context: string
  user: { username: string; role: string }
  version: string
  /** By the clock of order-service. */
  now: number
  feed: { state: 'connecting' | 'live' | 'lost'; sinceMs: number; detail?: string; perSecond: number }
  lately: ReturnType<Rates['lately']>
  /** The last minutes. */
  trend: Columns
  /** Undefined: not known yet, or not any more. */
  steps?: readonly StepNow[]
  /** When the steps were counted. */
  stepsAt?: string
  isLimited?: boolean
  services?: readonly ServiceState[]
  lag?: ReadonlyMap<string, number>
  stuck?: readonly Order[]
  letters?: readonly Letter[]
}
