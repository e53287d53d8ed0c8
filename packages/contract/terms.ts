import { shared } from './generated/shared.ts'

// Terms that cross a boundary are defined once, in events/shared.schema.json. Events refer to it; REST, SQL, metrics
// and the command line use it from here.

export const orderStatuses = shared.orderStatus.enum
export type OrderStatus = (typeof orderStatuses)[number]

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

export const refundStatuses = shared.refundStatus.enum
export type RefundStatus = (typeof refundStatuses)[number]

export const shipmentStatuses = shared.shipmentStatus.enum
export type ShipmentStatus = (typeof shipmentStatuses)[number]

export const handovers = shared.handover.enum
export type Handover = (typeof handovers)[number]

export const returnKinds = shared.returnKind.enum
export type ReturnKind = (typeof returnKinds)[number]

export const returnStatuses = shared.returnStatus.enum
export type ReturnStatus = (typeof returnStatuses)[number]

export const goodsConditions = shared.goodsCondition.enum
export type GoodsCondition = (typeof goodsConditions)[number]

export const cancelRequestStatuses = shared.cancelRequestStatus.enum
export type CancelRequestStatus = (typeof cancelRequestStatuses)[number]

export const locationPattern = new RegExp(shared.location.pattern)
export const locationRule = 'must be 1 to 64 lower case letters, digits or dashes, and start with a letter or digit'
/** Holds all stock that there was before locations. */
export const mainLocation = 'main'

/** All but the first two are caused by orders. */
export const movementKinds = shared.movementKind.enum
export type MovementKind = (typeof movementKinds)[number]

export const roles = shared.role.enum
export type Role = (typeof roles)[number]
export const isRole = (text: unknown): text is Role => roles.some(role => role === text)

export const skuPattern = new RegExp(shared.sku.pattern)
export const skuRule = 'must be 1 to 64 letters, digits, dots, dashes or underscores, and start with a letter or digit'

export const mostOfALine = shared.quantity.maximum
export const mostLines = shared.lines.maxItems

export const currencyPattern = new RegExp(shared.currency.pattern)
export const currencyRule = 'must be an ISO 4217 code such as EUR'

export const cardTokenPattern = new RegExp(shared.cardToken.pattern)
export const cardTokenRule = 'must be a card token such as tok_ok'

/** The maximum length of each field of an address, in characters; the country has a pattern instead. */
export const addressLimits = shared.address.properties
