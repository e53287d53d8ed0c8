import {
  cancelRequestStatuses,
  goodsConditions,
  handovers,
  isFinal as isFinalStatus,
  orderStatuses,
  paymentStatuses,
  refundStatuses,
  returnKinds,
  returnStatuses,
  roles,
  shipmentStatuses,
} from '@docket/contract/terms.ts'
import { stepNames } from '@docket/contract/steps.ts'
import { mapOf, oneOf, type ShapeOf } from '../shape.ts'
import type * as answers from './generated/answers.ts'

// What the services answer, and what mgmt adds to it. Fields that an older release does not send may be missing. Tests
// check that commands print these shapes.

export type {
  Act,
  CancelRequest,
  CarrierReport,
  Item,
  LeadTimes,
  Location,
  MoneyReport,
  Movement,
  Payment,
  PaymentSummary,
  Reasons,
  Refund,
  Return,
  ReusedSession,
  Sales,
  Session,
  Shipment,
  User,
  Waiting,
} from './generated/answers.ts'

export interface Order extends Omit<answers.OrderSummary, 'lines'> {
  lines: OrderLine[]
  /** Why a stuck order makes no progress, as mgmt found out. */
  cause?: Cause
  /** Lists omit it, because it would make them long. */
  timeline?: TimelineEntry[]
}

type Counts = 'cancelled' | 'shipped' | 'returned'
type AnsweredLine = answers.OrderSummary['lines'][number]

/** The previous release does not say what became of a line. */
export type OrderLine = Omit<AnsweredLine, Counts> & Partial<Pick<AnsweredLine, Counts>>

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

export const stepShape: ShapeOf<TimelineEntry> = {
  at: 'string',
  event: 'string',
  service: 'string',
  'detail?': 'string',
  'ref?': 'string',
}

export const waitsForShape: ShapeOf<NonNullable<Order['waitsFor']>> = {
  name: oneOf(...stepNames),
  service: 'string',
  step: 'string',
  since: 'string',
}

export const causeShape: ShapeOf<Cause> = { kind: 'string', text: 'string', next: 'string' }

export const orderShape: ShapeOf<Order> = {
  id: 'string',
  customerId: 'string',
  status: oneOf(...orderStatuses),
  'reason?': 'string',
  'detail?': 'string',
  lines: [
    {
      sku: 'string',
      name: 'string',
      quantity: 'integer',
      unitPrice: 'integer',
      'cancelled?': 'integer',
      'shipped?': 'integer',
      'returned?': 'integer',
    },
  ],
  'shortages?': [{ sku: 'string', requested: 'integer', available: 'integer' }],
  total: 'integer',
  currency: 'string',
  'shippingAddress?': 'object',
  createdAt: 'string',
  updatedAt: 'string',
  expiresAt: 'string',
  version: 'integer',
  stuck: 'boolean',
  'waitsFor?': waitsForShape,
  'cause?': causeShape,
  'timeline?': [stepShape],
}

export const cancelRequestShape: ShapeOf<answers.CancelRequest> = {
  requestId: 'string',
  orderId: 'string',
  status: oneOf(...cancelRequestStatuses),
  lines: [{ sku: 'string', quantity: 'integer' }],
  'withdrawn?': [{ sku: 'string', quantity: 'integer', location: 'string' }],
  'refused?': [{ sku: 'string', quantity: 'integer' }],
  'detail?': 'string',
  requestedBy: 'string',
  requestedAt: 'string',
  'answeredAt?': 'string',
}

/** An order with what other services know of it; what could not be asked is missing. */
export interface WholeOrder extends Order {
  cancelRequests?: answers.CancelRequest[]
  shipments?: answers.Shipment[]
  returns?: answers.Return[]
  money?: Money
}

/** Minor units of the currency. */
export interface Money {
  captured: number
  refunded: number
  /** Refunds that are due or were declined. */
  owed: number
}

export const actFields = [
  'id',
  'at',
  'by',
  'act',
  'on',
  'service',
  'orderId',
  'reason',
  'detail',
  'from',
] as const satisfies (keyof answers.Act)[]

export const actShape: ShapeOf<answers.Act> = {
  id: 'string',
  at: 'string',
  act: 'string',
  by: { userId: 'string', username: 'string', role: oneOf(...roles) },
  from: 'string',
  on: { kind: 'string', id: 'string' },
  service: 'string',
  'orderId?': 'string',
  'reason?': 'string',
  'detail?': 'string',
}

export const leadTimeShape: ShapeOf<answers.LeadTimes['items'][number]> = {
  step: 'string',
  orders: 'integer',
  p50: 'number',
  p95: 'number',
  longest: 'number',
}

export const reasonShape: ShapeOf<answers.Reasons['items'][number]> = {
  status: oneOf('rejected', 'cancelled'),
  reason: 'string',
  currency: 'string',
  orders: 'integer',
  total: 'integer',
}

export const stepFields = ['at', 'event', 'service', 'detail', 'ref'] as const satisfies (keyof TimelineEntry)[]

export const movementFields = [
  'id',
  'sku',
  'kind',
  'location',
  'available',
  'reserved',
  'shipped',
  'scrapped',
  'lost',
  'moved',
  'orderId',
  'ref',
  'reason',
  'at',
] as const satisfies (keyof answers.Movement)[]

export const paymentFields = [
  'orderId',
  'id',
  'status',
  'amount',
  'refunded',
  'owed',
  'currency',
  'reason',
  'stuckAt',
  'givenUpAt',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof answers.PaymentSummary)[]

export const paymentSummaryShape: ShapeOf<answers.PaymentSummary> = {
  orderId: 'string',
  id: 'string',
  status: oneOf(...paymentStatuses),
  amount: 'integer',
  refunded: 'integer',
  owed: 'integer',
  currency: 'string',
  'reason?': 'string',
  'stuckAt?': 'string',
  'givenUpAt?': 'string',
  createdAt: 'string',
  updatedAt: 'string',
}

const refundOfPayment = {
  id: 'string',
  status: oneOf(...refundStatuses),
  amount: 'integer',
  currency: 'string',
  reason: 'string',
  at: 'string',
} as const

export const paymentShape: ShapeOf<answers.Payment> = {
  ...paymentSummaryShape,
  attempts: [{ kind: 'string', outcome: 'string', 'answer?': 'string', 'refundId?': 'string', at: 'string' }],
  refunds: [refundOfPayment],
  openRefunds: [{ ...refundOfPayment, 'cause?': 'string' }],
}

export const refundFields = [
  'id',
  'orderId',
  'status',
  'amount',
  'requested',
  'currency',
  'reason',
  'note',
  'cause',
  'decidedBy',
  'givenBy',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof answers.Refund)[]

export const refundShape: ShapeOf<answers.Refund> = {
  id: 'string',
  orderId: 'string',
  status: oneOf(...refundStatuses),
  amount: 'integer',
  requested: 'integer',
  currency: 'string',
  reason: 'string',
  'note?': 'string',
  'cause?': 'string',
  'decidedBy?': 'string',
  'givenBy?': 'string',
  createdAt: 'string',
  updatedAt: 'string',
}

export const shipmentFields = [
  'id',
  'orderId',
  'location',
  'status',
  'claim',
  'carrier',
  'trackingNumber',
  'lines',
  'shippingAddress',
  'createdAt',
  'lateAt',
  'shippedAt',
  'endedAt',
] as const satisfies (keyof answers.Shipment)[]

export const shipmentShape: ShapeOf<answers.Shipment> = {
  orderId: 'string',
  id: 'string',
  location: 'string',
  status: oneOf(...shipmentStatuses),
  'claim?': oneOf('undeliverable', 'lost'),
  'carrier?': 'string',
  'trackingNumber?': 'string',
  lines: [{ sku: 'string', quantity: 'integer', returned: 'integer' }],
  'shippingAddress?': mapOf('string'),
  createdAt: 'string',
  'lateAt?': 'string',
  'shippedAt?': 'string',
  'endedAt?': 'string',
}

export const carrierReportFields = [
  'carrier',
  'id',
  'trackingNumber',
  'status',
  'detail',
  'at',
  'receivedAt',
] as const satisfies (keyof answers.CarrierReport)[]

export const carrierReportShape: ShapeOf<answers.CarrierReport> = {
  carrier: 'string',
  id: 'string',
  trackingNumber: 'string',
  status: oneOf('lost', 'undeliverable', 'delivered'),
  'detail?': 'string',
  at: 'string',
  receivedAt: 'string',
}

export const returnFields = [
  'id',
  'orderId',
  'shipmentId',
  'kind',
  'status',
  'lines',
  'lostIn',
  'location',
  'detail',
  'createdAt',
  'endedAt',
] as const satisfies (keyof answers.Return)[]

export const returnShape: ShapeOf<answers.Return> = {
  id: 'string',
  orderId: 'string',
  shipmentId: 'string',
  kind: oneOf(...returnKinds),
  status: oneOf(...returnStatuses),
  lines: [{ sku: 'string', quantity: 'integer', 'condition?': oneOf(...goodsConditions) }],
  'lostIn?': 'string',
  'location?': 'string',
  'detail?': 'string',
  createdAt: 'string',
  'endedAt?': 'string',
}

export const wholeOrderShape: ShapeOf<WholeOrder> = {
  ...orderShape,
  'cancelRequests?': [cancelRequestShape],
  'shipments?': [shipmentShape],
  'returns?': [returnShape],
  'money?': { captured: 'integer', refunded: 'integer', owed: 'integer' },
}

export const locationFields = ['name', 'handover', 'lateAfterSeconds'] as const satisfies (keyof answers.Location)[]

export const locationShape: ShapeOf<answers.Location> = {
  name: 'string',
  handover: oneOf(...handovers),
  lateAfterSeconds: 'integer',
}

export const itemFields = [
  'sku',
  'name',
  'unitPrice',
  'currency',
  'available',
  'reserved',
  'shipped',
  'scrapped',
  'lost',
  'received',
] as const satisfies (keyof answers.Item)[]

export const itemShape: ShapeOf<answers.Item> = {
  sku: 'string',
  name: 'string',
  unitPrice: 'integer',
  currency: 'string',
  available: 'integer',
  reserved: 'integer',
  shipped: 'integer',
  scrapped: 'integer',
  lost: 'integer',
  received: 'integer',
}

export interface ProviderState {
  breaker: 'open' | 'closed'
  /** The provider's answer to every payment, when the fault is in our configuration. */
  misconfigured?: string
  stuck: number
  /** Missing from a release without refunds. */
  refunds?: { failed: number; late: number }
}

export const userShape: ShapeOf<answers.User> = { id: 'string', username: 'string', role: 'string' }

const userFields = ['id', 'username', 'role'] as const satisfies (keyof answers.User)[]

export type Account = answers.User & Partial<answers.Account>

export const accountShape: ShapeOf<answers.Account> = { ...userShape, disabled: 'boolean' }

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

export type OutboxMode = 'relay' | 'debezium'

export interface Readiness {
  status: 'ready' | 'not_ready'
  /** Missing for callers who are neither operator nor observer, because they may not see it. */
  details?: ReadinessDetails
}

export interface ReadinessDetails {
  version: string
  uptimeSeconds: number
  checks: Record<string, { ok: boolean; detail?: string }>
  outbox: {
    rows: number
    oldestSeconds: number
    /** Of the replica that answered; missing in the previous release. */
    mode?: OutboxMode
    modes?: OutboxMode[]
  }
}

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

export const isFinal = ({ status }: Pick<Order, 'status'>) => isFinalStatus(status)
