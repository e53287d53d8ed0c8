// Generated from the openapi.json of the services by `npm run generate`. Do not edit.

export interface PatchItemsBySku {
  name?: string
  /**
   * Minor units of the currency
   */
  unitPrice?: number
}
/**
 * Counts for orders that are accepted from now on
 */
export interface PatchLocationsByName {
  handover?: 'auto' | 'manual'
  lateAfterSeconds?: number
}
export interface PatchUsersById {
  role: 'customer' | 'observer' | 'operator'
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostAudit {
  on: {
    kind: string
    id: string
  }
  orderId?: string
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostCarrierReportsDismiss {
  carrier: string
  id: string
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostCarriersByNameEvents {
  /**
   * The carrier's own id of the report: one that comes twice counts once
   */
  id: string
  trackingNumber: string
  status: 'lost' | 'undeliverable' | 'delivered'
  at: string
  detail?: string
}
export interface PostDeadLetters {
  action: 'redrive' | 'dismiss'
  /**
   * @minItems 1
   * @maxItems 2000
   *
   * Items: As mgmt dlq list shows it: order-events/17
   */
  ids: string[]
  /**
   * Why, for those who read the audit
   */
  reason?: string
  /**
   * Also those that were sent again or dismissed already
   */
  again?: boolean
}
export interface PostItems {
  sku: string
  name: string
  /**
   * Minor units of the currency
   */
  unitPrice: number
  currency: string
  quantity: number
}
export interface PostItemsBySkuAdjustments {
  delta: number
  reason: string
}
export interface PostLogin {
  username: string
  password: string
  newPassword?: string
}
export interface PostMePassword {
  password: string
  newPassword: string
}
export interface PostOrders {
  /**
   * What, and how many; the price is ours to say
   *
   * @minItems 1
   * @maxItems 100
   */
  lines: {
    sku: string
    quantity: number
  }[]
  paymentToken?: string
  shippingAddress?: {
    name: string
    line1: string
    line2?: string
    postalCode: string
    city: string
    country: string
  }
}
export interface PostOrdersByIdCancel {
  detail?: string
  /**
   * What is to be cancelled of an accepted order; without, all of the order
   *
   * @minItems 1
   * @maxItems 100
   */
  lines?: {
    sku: string
    quantity: number
  }[]
}
export interface PostOrdersByIdResend {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostOrdersByOrderIdRefunds {
  /**
   * Minor units of the currency of the order
   */
  amount: number
  /**
   * For operators, not for the customer
   */
  reason: string
}
export interface PostPaymentsByOrderIdGiveUp {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostPaymentsByOrderIdRetry {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostRefundsByIdByHand {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostRefundsByIdRetry {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostReturns {
  orderId: string
  /**
   * Unless given: the first shipment that has all the lines
   */
  shipmentId?: string
  /**
   * @minItems 1
   * @maxItems 100
   */
  lines: {
    sku: string
    quantity: number
  }[]
  detail?: string
}
export interface PostReturnsByIdCancel {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostReturnsByIdReceive {
  /**
   * @minItems 1
   * @maxItems 200
   */
  lines: {
    sku: string
    quantity: number
    condition: 'restock' | 'scrap'
  }[]
  location?: string
}
export interface PostShipmentsByIdDispatch {
  /**
   * Unless given: all
   *
   * @minItems 1
   * @maxItems 100
   */
  lines?: {
    sku: string
    quantity: number
  }[]
  /**
   * Unless given, the simulated carrier takes the shipment
   */
  carrier?: string
  trackingNumber?: string
}
export interface PostShipmentsByIdOutcome {
  status: 'lost' | 'undeliverable' | 'delivered'
  detail?: string
}
export interface PostSignup {
  username: string
  password: string
}
export interface PostUsersByIdDisable {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostUsersByIdEnable {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostUsersByIdResetPassword {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface PostUsersByIdUnlock {
  /**
   * Why, for those who read the audit
   */
  reason?: string
}
export interface DeleteUsersByIdSessionsBySessionIdQuery {
  reason?: string | undefined
}
export interface GetAuditQuery {
  by?: string | undefined
  act?: string | undefined
  kind?: string | undefined
  on?: string | undefined
  order?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetCarrierReportsQuery {
  limit?: string | undefined
}
export interface GetEventsQuery {
  topic?: string | undefined
  type?: string | undefined
  order?: string | undefined
  customer?: string | undefined
  sku?: string | undefined
  include?: string | undefined
  exclude?: string | undefined
  from?: string | undefined
  last?: string | undefined
  until?: string | undefined
  follow?: string | undefined
  personal?: string | undefined
}
export interface GetItemsBySkuMovementsQuery {
  kind?: string | undefined
  order?: string | undefined
  location?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetItemsQuery {
  search?: string | undefined
  below?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetOrdersByIdReturnsQuery {
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
  status?: string | undefined
  kind?: string | undefined
}
export interface GetOrdersByIdShipmentsQuery {
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
  carrier?: string | undefined
  status?: string | undefined
  location?: string | undefined
  claims?: string | undefined
  late?: string | undefined
}
export interface GetOrdersByOrderIdRefundsQuery {
  status?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetOrdersQuery {
  status?: string | undefined
  customer?: string | undefined
  since?: string | undefined
  until?: string | undefined
  stuck?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetPaymentsQuery {
  status?: string | undefined
  stuck?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetRefundsQuery {
  status?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}
export interface GetReportsLeadTimeQuery {
  since?: string | undefined
  until?: string | undefined
}
export interface GetReportsMoneyQuery {
  since?: string | undefined
  until?: string | undefined
}
export interface GetReportsReasonsQuery {
  since?: string | undefined
  until?: string | undefined
}
export interface GetReportsSalesQuery {
  since?: string | undefined
  until?: string | undefined
  by?: string | undefined
}
export interface GetReturnsQuery {
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
  status?: string | undefined
  kind?: string | undefined
}
export interface GetShipmentsQuery {
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
  carrier?: string | undefined
  status?: string | undefined
  location?: string | undefined
  claims?: string | undefined
  late?: string | undefined
}
export interface GetUsersQuery {
  search?: string | undefined
  username?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
}

/** Any of the bodies. */
export type Body =
  | PatchItemsBySku
  | PatchLocationsByName
  | PatchUsersById
  | PostAudit
  | PostCarrierReportsDismiss
  | PostCarriersByNameEvents
  | PostDeadLetters
  | PostItems
  | PostItemsBySkuAdjustments
  | PostLogin
  | PostMePassword
  | PostOrders
  | PostOrdersByIdCancel
  | PostOrdersByIdResend
  | PostOrdersByOrderIdRefunds
  | PostPaymentsByOrderIdGiveUp
  | PostPaymentsByOrderIdRetry
  | PostRefundsByIdByHand
  | PostRefundsByIdRetry
  | PostReturns
  | PostReturnsByIdCancel
  | PostReturnsByIdReceive
  | PostShipmentsByIdDispatch
  | PostShipmentsByIdOutcome
  | PostSignup
  | PostUsersByIdDisable
  | PostUsersByIdEnable
  | PostUsersByIdResetPassword
  | PostUsersByIdUnlock

/** Any of the queries. */
export type Query =
  | DeleteUsersByIdSessionsBySessionIdQuery
  | GetAuditQuery
  | GetCarrierReportsQuery
  | GetEventsQuery
  | GetItemsBySkuMovementsQuery
  | GetItemsQuery
  | GetOrdersByIdReturnsQuery
  | GetOrdersByIdShipmentsQuery
  | GetOrdersByOrderIdRefundsQuery
  | GetOrdersQuery
  | GetPaymentsQuery
  | GetRefundsQuery
  | GetReportsLeadTimeQuery
  | GetReportsMoneyQuery
  | GetReportsReasonsQuery
  | GetReportsSalesQuery
  | GetReturnsQuery
  | GetShipmentsQuery
  | GetUsersQuery
