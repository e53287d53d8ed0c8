import type { ReadinessDetails } from '../client/shapes.ts'

export type ServiceState =
  | ({
      service: string
      url: string
      status: 'ready' | 'not_ready'
      skewMs: number
    } & Partial<ReadinessDetails>) // either all details or none
  | { service: string; url: string; status: 'away'; detail: string }

export interface Status {
  context: string
  at: string
  services: ServiceState[]
  kafka:
    | {
        ok: true
        brokers: string
        topics: number
        lag: { group: string; lag: number }[]
        deadLetters: { topic: string; waiting: number }[]
      }
    | { ok: false; brokers: string; detail: string }
  /** For the last minute; `stuck` only for callers who may know. */
  orders: { perMinute?: { created: number; completed: number; rejected: number; cancelled: number }; stuck?: number }
}

export const statusFields = ['context', 'at', 'services', 'kafka', 'orders'] as const satisfies (keyof Status)[]

export const shownTo = 'shown to operators and observers: mgmt login USERNAME'

/** An outbox that could not be counted is shown as empty by its service. */
export const isUncounted = ({ checks }: Pick<Partial<ReadinessDetails>, 'checks'>) =>
  checks?.outbox?.ok === false || checks?.database?.ok === false

export const troubleOf = (checks: ReadinessDetails['checks'] = {}) =>
  Object.entries(checks)
    .flatMap(([name, { ok, detail }]) => (ok ? [] : [`${name}: ${detail ?? 'not ok'}`]))
    .join('; ')
