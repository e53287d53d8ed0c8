import { shared } from './generated/shared.ts'

// What crosses a boundary is said once, in events/shared.schema.json. Events refer to it; REST, SQL, metrics and the
// command line use it from here.

export const orderStatuses = shared.orderStatus.enum
export type OrderStatus = (typeof orderStatuses)[number]

/** Statuses that an order does not leave. */
export const finalStatuses = shared.finalOrderStatus.enum
type FinalStatus = (typeof finalStatuses)[number]

const finals: ReadonlySet<OrderStatus> = new Set(finalStatuses)
export const isFinal = (status: OrderStatus): status is FinalStatus => finals.has(status)
export const openStatuses = orderStatuses.filter(status => !isFinal(status))

export const rejectionReasons = shared.rejectionReason.enum
export type RejectionReason = (typeof rejectionReasons)[number]

export const cancellationReasons = shared.cancellationReason.enum
export type CancellationReason = (typeof cancellationReasons)[number]

export const paymentStatuses = shared.paymentStatus.enum
export type PaymentStatus = (typeof paymentStatuses)[number]

/** What changes the stock of an item; the last three are done for an order. */
export const movementKinds = shared.movementKind.enum
export type MovementKind = (typeof movementKinds)[number]

export const roles = shared.role.enum
export type Role = (typeof roles)[number]
export const isRole = (text: unknown): text is Role => roles.some(role => role === text)

export const skuPattern = new RegExp(shared.sku.pattern)
/** What a sku must be, for people. */
export const skuRule = 'must be 1 to 64 letters, digits, dots, dashes or underscores, and start with a letter or digit'

/** Pieces of one line of an order, at most. */
export const mostOfALine = shared.quantity.maximum
/** Lines of an order, at most. */
export const mostLines = shared.lines.maxItems

export const currencyPattern = new RegExp(shared.currency.pattern)
export const currencyRule = 'must be an ISO 4217 code such as EUR'

export const cardTokenPattern = new RegExp(shared.cardToken.pattern)
export const cardTokenRule = 'must be a card token such as tok_ok'

/** The fields of an address: the longest that each may be, in letters; the country has a pattern. */
export const addressLimits = shared.address.properties
