import { isFinal as isFinalStatus } from '@docket/contract/terms.ts'
import type * as answers from './generated/answers.ts'

// What the services answer, and what the command line adds to it. What a release before does not say may be missing.

export type {
  Item,
  Movement,
  Payment,
  PaymentSummary,
  ReusedSession,
  Session,
  Shipment,
  User,
} from './generated/answers.ts'

export interface Order extends answers.OrderSummary {
  /** Why a stuck one does not get on; found out by the command line. */
  cause?: Cause
  /** Not in lists. */
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

export type TimelineEntry = answers.Order['timeline'][number]

export const stepFields = ['at', 'event', 'service', 'detail'] as const satisfies (keyof TimelineEntry)[]

export const movementFields = [
  'id',
  'sku',
  'kind',
  'available',
  'reserved',
  'shipped',
  'orderId',
  'reason',
  'at',
] as const satisfies (keyof answers.Movement)[]

export const paymentFields = [
  'orderId',
  'id',
  'status',
  'amount',
  'currency',
  'reason',
  'stuckAt',
  'givenUpAt',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof answers.PaymentSummary)[]

export const shipmentFields = [
  'orderId',
  'id',
  'carrier',
  'trackingNumber',
  'lines',
  'shippingAddress',
  'shippedAt',
] as const satisfies (keyof answers.Shipment)[]

export const itemFields = [
  'sku',
  'name',
  'unitPrice',
  'currency',
  'available',
  'reserved',
  'shipped',
  'received',
] as const satisfies (keyof answers.Item)[]

/** How the payment provider answers. */
export interface ProviderState {
  breaker: 'open' | 'closed'
  /** What it says to every payment, when that is about us and not about a payment. */
  misconfigured?: string
  /** Payments that wait for an operator. */
  stuck: number
}

const userFields = ['id', 'username', 'role'] as const satisfies (keyof answers.User)[]

/** What operators see of a user. */
export type Account = answers.User & Partial<answers.Account>

export const accountFields = [...userFields, 'disabled'] as const satisfies (keyof Account)[]

export type OneUsePassword = Account & answers.OneUsePassword

export const sessionFields = [
  'id',
  'createdAt',
  'lastUsedAt',
  'ip',
  'userAgent',
  'current',
] as const satisfies (keyof answers.Session)[]

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
