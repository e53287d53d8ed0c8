import { isFinal as isFinalStatus, type OrderStatus } from '@docket/contract/terms.ts'

// What the services answer, as far as the command line looks at it.

interface Money {
  total: number
  currency: string
}

export interface Order extends Money {
  id: string
  customerId: string
  status: OrderStatus
  reason?: string
  detail?: string
  lines: { sku: string; name: string; quantity: number; unitPrice: number }[]
  createdAt: string
  updatedAt: string
  expiresAt: string
  version?: number
  stuck: boolean
  waitsFor?: { service: string; step: string }
  /** Why a stuck one does not get on; found out by the command line. */
  cause?: Cause
  timeline?: TimelineEntry[]
}

export const orderFields = [
  'id',
  'customerId',
  'status',
  'reason',
  'detail',
  'lines',
  'total',
  'currency',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'version',
  'stuck',
  'waitsFor',
  'cause',
] as const satisfies (keyof Order)[]

/** Why an order does not get on, and what to do about it. */
export interface Cause {
  kind:
    | 'dead_letter'
    | 'service_away'
    | 'payment_stuck'
    | 'provider_away'
    | 'kafka_away'
    | 'lag'
    | 'event_deleted'
    | 'unknown'
  text: string
  next: string
}

export interface TimelineEntry {
  at: string
  event: string
  service: string
  detail?: string
}

export const stepFields = ['at', 'event', 'service', 'detail'] as const satisfies (keyof TimelineEntry)[]

export interface Item {
  sku: string
  name: string
  unitPrice: number
  currency: string
  available: number
  reserved: number
  shipped: number
  received: number
}

export interface Payment {
  orderId: string
  id: string
  status: string
  /** Minor units. */
  amount: number
  currency: string
  reason?: string
  stuckAt?: string
  givenUpAt?: string
  attempts: { kind: string; outcome: string; answer?: string; at: string }[]
  refunds: { amount: number; currency: string; at: string }[]
  createdAt: string
  updatedAt: string
}

export const itemFields = [
  'sku',
  'name',
  'unitPrice',
  'currency',
  'available',
  'reserved',
  'shipped',
  'received',
] as const satisfies (keyof Item)[]

/** How the payment provider answers. */
export interface ProviderState {
  breaker: 'open' | 'closed'
  /** What it says to every payment, when that is about us and not about a payment. */
  misconfigured?: string
  /** Payments that wait for an operator. */
  stuck: number
}

export interface User {
  id: string
  username: string
  role: string
}

const userFields = ['id', 'username', 'role'] as const satisfies (keyof User)[]

/** What operators see of a user. */
export interface Account extends User {
  /** The release before does not say it. */
  disabled?: boolean
}

export const accountFields = [...userFields, 'disabled'] as const satisfies (keyof Account)[]

export interface OneUsePassword extends Account {
  password: string
  /** For so long it can be used. */
  hours: number
}

export interface Session {
  id: string
  createdAt: string
  lastUsedAt: string
  ip: string
  userAgent: string
  current: boolean
}

export const sessionFields = [
  'id',
  'createdAt',
  'lastUsedAt',
  'ip',
  'userAgent',
  'current',
] as const satisfies (keyof Session)[]

/** A session that ended because a refresh token of it was used again. */
export interface ReusedSession {
  id: string
  username: string
  endedAt: string
}

/** Who sends the events of a service. */
export type OutboxMode = 'relay' | 'debezium'

export interface Readiness {
  status: 'ready' | 'not_ready'
  /** Nothing for those who are neither operator nor observer. */
  details?: ReadinessDetails
}

export interface ReadinessDetails {
  version: string
  uptimeSeconds: number
  checks: Record<string, { ok: boolean; detail?: string }>
  outbox: {
    rows: number
    oldestSeconds: number
    /** Of the replica that answered; the release before this one does not say it. */
    mode?: OutboxMode
    /** Of all its replicas. */
    modes?: OutboxMode[]
  }
}

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

export const isFinal = ({ status }: Pick<Order, 'status'>) => isFinalStatus(status)
