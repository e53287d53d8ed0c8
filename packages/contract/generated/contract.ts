// Generated from events/ by `npm run generate`. Do not edit.

/**
 * There is a new item to be sold.
 */
export interface ItemCreatedData {
  /**
   * Stock keeping unit: names the item
   */
  sku: string
  /**
   * What people call the item
   */
  name: string
  /**
   * Price of one piece, in minor units of the currency (cents for EUR)
   */
  unitPrice: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
}

/**
 * The name or the price of an item changed; this is all of it as it is now.
 */
export interface ItemUpdatedData {
  /**
   * Stock keeping unit: names the item
   */
  sku: string
  /**
   * What people call the item
   */
  name: string
  /**
   * Price of one piece, in minor units of the currency (cents for EUR)
   */
  unitPrice: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
}

/**
 * The available stock was changed by hand: after a count, a delivery or a loss.
 */
export interface StockAdjustedData {
  /**
   * Stock keeping unit: names the item
   */
  sku: string
  /**
   * By how much, in pieces; below zero for less
   */
  delta: number
  /**
   * Why, in the words of who did it
   */
  reason: string
  /**
   * How many are available now, in pieces
   */
  available: number
}

/**
 * What was reserved has left with the parcel.
 */
export interface StockCommittedData {
  /**
   * The order
   */
  orderId: string
  /**
   * What left
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and how many of it
   */
  lines: {
    /**
     * Stock keeping unit: names the item
     */
    sku: string
    /**
     * How many, in pieces
     */
    quantity: number
  }[]
}

/**
 * The order could not be reserved; nothing of it is held.
 */
export interface StockRejectedData {
  /**
   * The order
   */
  orderId: string
  /**
   * out_of_stock: there is too little of an item; unknown_item: there is no such item
   */
  reason: 'out_of_stock' | 'unknown_item'
  /**
   * What was missing
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: An item that was missing
   */
  shortages: {
    /**
     * Stock keeping unit: names the item
     */
    sku: string
    /**
     * How many were wanted, in pieces
     */
    requested: number
    /**
     * How many were available, in pieces; 0 for an unknown item
     */
    available: number
  }[]
}

/**
 * What was reserved for a cancelled order is available again.
 */
export interface StockReleasedData {
  /**
   * The order
   */
  orderId: string
  /**
   * What came back
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and how many of it
   */
  lines: {
    /**
     * Stock keeping unit: names the item
     */
    sku: string
    /**
     * How many, in pieces
     */
    quantity: number
  }[]
}

/**
 * All lines of the order are reserved. Carries what the payment needs, so that it waits for no other topic.
 */
export interface StockReservedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The customer whose order it is; the first releases did not say it
   */
  customerId?: string
  /**
   * What is to be charged, in minor units of the currency (cents for EUR)
   */
  total: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * Stands for the card that is charged
   */
  paymentToken: string
}

/**
 * Stock is reserved and the money is there: the goods may leave.
 */
export interface OrderAcceptedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The customer whose order it is; the first releases did not say it
   */
  customerId?: string
  /**
   * What leaves; each item once
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and how many of it
   */
  lines: {
    /**
     * Stock keeping unit: names the item
     */
    sku: string
    /**
     * How many, in pieces
     */
    quantity: number
  }[]
  /**
   * Where the parcel goes
   */
  shippingAddress?: {
    /**
     * Who receives the parcel
     */
    name: string
    /**
     * Street and number
     */
    line1: string
    /**
     * What else the carrier needs
     */
    line2?: string
    /**
     * Postal code
     */
    postalCode: string
    /**
     * City
     */
    city: string
    /**
     * ISO 3166-1 code of the country
     */
    country: string
  }
}

/**
 * The order ends before it was accepted. The one signal that undoes: who holds stock releases it, who took money gives it back.
 */
export interface OrderCancelledData {
  /**
   * The order
   */
  orderId: string
  /**
   * payment_failed: the card was declined; requested: somebody cancelled it; expired: it was not accepted within its window; unknown_order: there is no such order, and a payment for it was attempted
   */
  reason: 'payment_failed' | 'requested' | 'expired' | 'unknown_order'
  /**
   * Why, in the words of who cancelled, or of the provider
   */
  detail?: string
  /**
   * The user who cancelled it
   */
  cancelledBy?: string
}

/**
 * The order ends: the parcel and the stock have left.
 */
export interface OrderCompletedData {
  /**
   * The order
   */
  orderId: string
}

/**
 * An order was created and priced. Every service that fulfils a part of it begins here.
 */
export interface OrderCreatedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The customer whose order it is
   */
  customerId: string
  /**
   * What is wanted; each item once
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item of the order, priced
   */
  lines: {
    /**
     * Stock keeping unit: names the item
     */
    sku: string
    /**
     * How many are wanted, in pieces
     */
    quantity: number
    /**
     * Price of one piece when the order was created, in minor units of the currency (cents for EUR)
     */
    unitPrice: number
  }[]
  /**
   * What the whole order costs, in minor units of the currency (cents for EUR)
   */
  total: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * Stands for the card that is charged
   */
  paymentToken: string
  /**
   * Where the parcel goes
   */
  shippingAddress?: {
    /**
     * Who receives the parcel
     */
    name: string
    /**
     * Street and number
     */
    line1: string
    /**
     * What else the carrier needs
     */
    line2?: string
    /**
     * Postal code
     */
    postalCode: string
    /**
     * City
     */
    city: string
    /**
     * ISO 3166-1 code of the country
     */
    country: string
  }
  /**
   * When the order is cancelled if it has not been accepted by then, RFC 3339 in UTC
   */
  expiresAt: string
}

/**
 * The order ends: there is not enough stock, or no such item. Nothing was held.
 */
export interface OrderRejectedData {
  /**
   * The order
   */
  orderId: string
  /**
   * out_of_stock: there is too little of an item; unknown_item: there is no such item
   */
  reason: 'out_of_stock' | 'unknown_item'
  /**
   * What was missing
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: An item that was missing
   */
  shortages: {
    /**
     * Stock keeping unit: names the item
     */
    sku: string
    /**
     * How many were wanted, in pieces
     */
    requested: number
    /**
     * How many were available, in pieces; 0 for an unknown item
     */
    available: number
  }[]
}

/**
 * More orders are final for so long that nothing about them can come any more: each service deletes what it keeps of them, and ignores events about them. Replaces the marks of the event before.
 */
export interface RetentionPassedData {
  /**
   * Orders whose timeline and claims are deleted, and about which events are ignored
   */
  details: {
    /**
     * Every order with a smaller id, except those kept
     */
    before: string
    /**
     * Orders with a smaller id that are not final, or not for long enough
     *
     * @maxItems 1000
     *
     * Items: A UUID
     */
    kept: string[]
  }
  /**
   * Orders that are deleted whole; all of them are among those of details
   */
  orders: {
    /**
     * Every order with a smaller id, except those kept; all zeros: none
     */
    before: string
    /**
     * Orders with a smaller id that are not final, or not for long enough
     *
     * @maxItems 1000
     *
     * Items: A UUID
     */
    kept: string[]
  }
}

/**
 * The card was not charged, and will not be.
 */
export interface PaymentFailedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The payment; also its idempotency key at the provider
   */
  paymentId: string
  /**
   * How much, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * Why, as the provider says it, such as card_declined or insufficient_funds
   */
  reason: string
}

/**
 * The money of a cancelled order was given back.
 */
export interface PaymentRefundedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The payment; also its idempotency key at the provider
   */
  paymentId: string
  /**
   * How much, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * Why: the reason of the cancellation
   */
  reason?: string
}

/**
 * The card was charged. Implies that the stock is reserved.
 */
export interface PaymentSucceededData {
  /**
   * The order
   */
  orderId: string
  /**
   * The payment; also its idempotency key at the provider
   */
  paymentId: string
  /**
   * How much, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
}

/**
 * The parcel of the order was handed to a carrier.
 */
export interface ShipmentShippedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The parcel
   */
  shipmentId: string
  /**
   * Who carries it
   */
  carrier: string
  /**
   * How the carrier calls it
   */
  trackingNumber: string
}

/**
 * A session ended before its time: by a logout, by hand, because a stolen refresh token was noticed, or because its user may no longer log in so.
 */
export interface SessionRevokedData {
  /**
   * Whose session it was
   */
  userId: string
  /**
   * The session
   */
  sessionId: string
  /**
   * Why: a logout; by hand; a refresh token was presented that had been used up, so it was stolen; the password was changed; the user was disabled. The release 0.1.0 did not say it
   */
  reason?: 'logout' | 'revoked' | 'reuse' | 'password_changed' | 'disabled'
}

/**
 * A user may no longer log in; every session of the user has ended. What the user has ordered goes on.
 */
export interface UserDisabledData {
  /**
   * The user
   */
  userId: string
  /**
   * The name that the user logs in with
   */
  username: string
  /**
   * The version of what the user may do. Tokens name theirs in the claim rv: those with a smaller one are refused
   */
  rightsVersion: number
  /**
   * The operator who disabled the user
   */
  disabledBy?: string
}

/**
 * A user may log in again.
 */
export interface UserEnabledData {
  /**
   * The user
   */
  userId: string
  /**
   * The name that the user logs in with
   */
  username: string
  /**
   * The version of what the user may do. Tokens name theirs in the claim rv: those with a smaller one are refused
   */
  rightsVersion: number
  /**
   * The operator who enabled the user
   */
  enabledBy?: string
}

/**
 * A user has another password: every session before has ended. Never the password, nor its hash.
 */
export interface UserPasswordChangedData {
  /**
   * The user
   */
  userId: string
  /**
   * The name that the user logs in with
   */
  username: string
  /**
   * The version of what the user may do. Tokens name theirs in the claim rv: those with a smaller one are refused
   */
  rightsVersion: number
  /**
   * Who changed it: the user, or the operator who gave a password for one use
   */
  changedBy?: string
}

/**
 * A user may do more, or less, from now on; tokens that were signed before are refused.
 */
export interface UserRoleChangedData {
  /**
   * The user
   */
  userId: string
  /**
   * The name that the user logs in with
   */
  username: string
  /**
   * What the user may do from now on
   */
  role: 'customer' | 'observer' | 'operator'
  /**
   * What the user was allowed to do before
   */
  previousRole: 'customer' | 'observer' | 'operator'
  /**
   * The operator who changed it
   */
  changedBy?: string
  /**
   * The version of what the user may do. Tokens name theirs in the claim rv: those with a smaller one are refused. The release 0.1.0 did not say it
   */
  rightsVersion?: number
}

/**
 * There is a new user.
 */
export interface UserSignedUpData {
  /**
   * The user
   */
  userId: string
  /**
   * The name that the user logs in with
   */
  username: string
  /**
   * What the user may do from now on
   */
  role: 'customer' | 'operator'
}

export interface DataOf {
  'item.created': ItemCreatedData
  'item.updated': ItemUpdatedData
  'stock.adjusted': StockAdjustedData
  'stock.committed': StockCommittedData
  'stock.rejected': StockRejectedData
  'stock.released': StockReleasedData
  'stock.reserved': StockReservedData
  'order.accepted': OrderAcceptedData
  'order.cancelled': OrderCancelledData
  'order.completed': OrderCompletedData
  'order.created': OrderCreatedData
  'order.rejected': OrderRejectedData
  'retention.passed': RetentionPassedData
  'payment.failed': PaymentFailedData
  'payment.refunded': PaymentRefundedData
  'payment.succeeded': PaymentSucceededData
  'shipment.shipped': ShipmentShippedData
  'session.revoked': SessionRevokedData
  'user.disabled': UserDisabledData
  'user.enabled': UserEnabledData
  'user.password_changed': UserPasswordChangedData
  'user.role_changed': UserRoleChangedData
  'user.signed_up': UserSignedUpData
}

export type EventType = keyof DataOf

export const typesOf = {
  'inventory-events': ['item.created', 'item.updated', 'stock.adjusted', 'stock.committed', 'stock.rejected', 'stock.released', 'stock.reserved'],
  'order-events': ['order.accepted', 'order.cancelled', 'order.completed', 'order.created', 'order.rejected', 'retention.passed'],
  'payment-events': ['payment.failed', 'payment.refunded', 'payment.succeeded'],
  'shipping-events': ['shipment.shipped'],
  'user-events': ['session.revoked', 'user.disabled', 'user.enabled', 'user.password_changed', 'user.role_changed', 'user.signed_up'],
} as const satisfies Record<string, readonly EventType[]>

export type Topic = keyof typeof typesOf

export const topicOf: Readonly<Record<EventType, Topic>> = {
  'item.created': 'inventory-events',
  'item.updated': 'inventory-events',
  'stock.adjusted': 'inventory-events',
  'stock.committed': 'inventory-events',
  'stock.rejected': 'inventory-events',
  'stock.released': 'inventory-events',
  'stock.reserved': 'inventory-events',
  'order.accepted': 'order-events',
  'order.cancelled': 'order-events',
  'order.completed': 'order-events',
  'order.created': 'order-events',
  'order.rejected': 'order-events',
  'retention.passed': 'order-events',
  'payment.failed': 'payment-events',
  'payment.refunded': 'payment-events',
  'payment.succeeded': 'payment-events',
  'shipment.shipped': 'shipping-events',
  'session.revoked': 'user-events',
  'user.disabled': 'user-events',
  'user.enabled': 'user-events',
  'user.password_changed': 'user-events',
  'user.role_changed': 'user-events',
  'user.signed_up': 'user-events',
}

/** The release that brought each type. */
export const sinceOf: Readonly<Record<EventType, string>> = {
  'item.created': '0.1.0',
  'item.updated': '0.1.0',
  'stock.adjusted': '0.1.0',
  'stock.committed': '0.1.0',
  'stock.rejected': '0.1.0',
  'stock.released': '0.1.0',
  'stock.reserved': '0.1.0',
  'order.accepted': '0.1.0',
  'order.cancelled': '0.1.0',
  'order.completed': '0.1.0',
  'order.created': '0.1.0',
  'order.rejected': '0.1.0',
  'retention.passed': '0.1.0',
  'payment.failed': '0.1.0',
  'payment.refunded': '0.1.0',
  'payment.succeeded': '0.1.0',
  'shipment.shipped': '0.1.0',
  'session.revoked': '0.1.0',
  'user.disabled': '0.2.0',
  'user.enabled': '0.2.0',
  'user.password_changed': '0.2.0',
  'user.role_changed': '0.1.0',
  'user.signed_up': '0.1.0',
}

/** The release that brought each value of an enum that is younger than its type: type, field, value. */
export const valueSinceOf = {
  'order.cancelled reason unknown_order': '0.2.0',
  'user.role_changed role observer': '0.2.0',
  'user.role_changed previousRole observer': '0.2.0',
} as const satisfies Record<string, string>

export type LaterValue = keyof typeof valueSinceOf

export const topics: readonly { topic: Topic; partitions: number }[] = [
  { topic: 'inventory-events', partitions: 6 },
  { topic: 'order-events', partitions: 6 },
  { topic: 'payment-events', partitions: 6 },
  { topic: 'shipping-events', partitions: 6 },
  { topic: 'user-events', partitions: 6 },
]
