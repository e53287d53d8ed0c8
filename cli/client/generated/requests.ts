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
export interface GetReturnsQuery {
  order?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
  status?: string | undefined
  kind?: string | undefined
}
export interface GetShipmentsQuery {
  order?: string | undefined
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
  | PostCarriersByNameEvents
  | PostDeadLetters
  | PostItems
  | PostItemsBySkuAdjustments
  | PostLogin
  | PostMePassword
  | PostOrders
  | PostOrdersByIdCancel
  | PostOrdersByOrderIdRefunds
  | PostReturns
  | PostReturnsByIdReceive
  | PostShipmentsByIdDispatch
  | PostShipmentsByIdOutcome
  | PostSignup

/** Any of the queries. */
export type Query =
  | GetCarrierReportsQuery
  | GetEventsQuery
  | GetItemsBySkuMovementsQuery
  | GetItemsQuery
  | GetOrdersByOrderIdRefundsQuery
  | GetOrdersQuery
  | GetPaymentsQuery
  | GetRefundsQuery
  | GetReturnsQuery
  | GetShipmentsQuery
  | GetUsersQuery
