// Generated from the openapi.json of the services by `npm run generate`. Do not edit.

export interface PatchItemsBySku {
  name?: string
  /**
   * Minor units of the currency
   */
  unitPrice?: number
}
export interface PatchUsersById {
  role: 'customer' | 'observer' | 'operator'
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
export interface PostSignup {
  username: string
  password: string
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
export interface GetShipmentsQuery {
  order?: string | undefined
  carrier?: string | undefined
  since?: string | undefined
  until?: string | undefined
  limit?: string | undefined
  cursor?: string | undefined
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
  | PatchUsersById
  | PostDeadLetters
  | PostItems
  | PostItemsBySkuAdjustments
  | PostLogin
  | PostMePassword
  | PostOrders
  | PostOrdersByIdCancel
  | PostOrdersByOrderIdRefunds
  | PostSignup

/** Any of the queries. */
export type Query =
  | GetItemsBySkuMovementsQuery
  | GetItemsQuery
  | GetOrdersByOrderIdRefundsQuery
  | GetOrdersQuery
  | GetPaymentsQuery
  | GetRefundsQuery
  | GetShipmentsQuery
  | GetUsersQuery
