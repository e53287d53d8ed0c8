// Generated from events/ by `npm run generate`. Do not edit.

/**
 * A new item is for sale.
 */
export interface ItemCreatedData {
  /**
   * Stock keeping unit: identifies the item
   */
  sku: string
  /**
   * The name of the item as customers see it
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
 * The name or the price of an item changed; the event carries the complete current item.
 */
export interface ItemUpdatedData {
  /**
   * Stock keeping unit: identifies the item
   */
  sku: string
  /**
   * The name of the item as customers see it
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
 * The available stock was adjusted manually: after a count, a delivery or a loss.
 */
export interface StockAdjustedData {
  /**
   * Stock keeping unit: identifies the item
   */
  sku: string
  /**
   * The change, in pieces; negative for a decrease
   */
  delta: number
  /**
   * The reason that the operator gave
   */
  reason: string
  /**
   * The quantity available now, in pieces
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
   * The items that left
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and its quantity
   */
  lines: {
    /**
     * Stock keeping unit: identifies the item
     */
    sku: string
    /**
     * The quantity, in pieces
     */
    quantity: number
  }[]
}

/**
 * The order could not be reserved; no stock is held for it.
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
   * The items that were missing
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: An item that was missing
   */
  shortages: {
    /**
     * Stock keeping unit: identifies the item
     */
    sku: string
    /**
     * The quantity requested, in pieces
     */
    requested: number
    /**
     * The quantity available at that time, in pieces; 0 for an unknown item
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
   * The items that were released
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and its quantity
   */
  lines: {
    /**
     * Stock keeping unit: identifies the item
     */
    sku: string
    /**
     * The quantity, in pieces
     */
    quantity: number
  }[]
}

/**
 * All lines of the order are reserved. Carries everything that the payment needs, so that payment-service depends on no other topic.
 */
export interface StockReservedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The customer who placed the order; the first releases do not set it
   */
  customerId?: string
  /**
   * The amount to charge, in minor units of the currency (cents for EUR)
   */
  total: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * A token for the card to charge
   */
  paymentToken: string
}

/**
 * Stock is reserved and the card is charged: the goods may leave.
 */
export interface OrderAcceptedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The customer who placed the order; the first releases do not set it
   */
  customerId?: string
  /**
   * The items that leave; each item once
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and its quantity
   */
  lines: {
    /**
     * Stock keeping unit: identifies the item
     */
    sku: string
    /**
     * The quantity, in pieces
     */
    quantity: number
  }[]
  /**
   * Where the parcel goes
   */
  shippingAddress?: {
    /**
     * The recipient of the parcel
     */
    name: string
    /**
     * Street and number
     */
    line1: string
    /**
     * Further address details
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
 * The order ended before it was accepted. The only event that triggers compensation: reserved stock is released, charged money is refunded.
 */
export interface OrderCancelledData {
  /**
   * The order
   */
  orderId: string
  /**
   * payment_failed: the card was declined; requested: a customer or an operator cancelled it; expired: it was not accepted within its window; unknown_order: a payment was attempted for an order that does not exist
   */
  reason: 'payment_failed' | 'requested' | 'expired' | 'unknown_order'
  /**
   * The reason given by whoever cancelled, or by the provider
   */
  detail?: string
  /**
   * The user who cancelled it
   */
  cancelledBy?: string
}

/**
 * The order ended: the parcel and the stock have left.
 */
export interface OrderCompletedData {
  /**
   * The order
   */
  orderId: string
}

/**
 * An order was created and priced. Fulfilment starts with this event.
 */
export interface OrderCreatedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The customer who placed the order
   */
  customerId: string
  /**
   * The items ordered; each item once
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item of the order, priced
   */
  lines: {
    /**
     * Stock keeping unit: identifies the item
     */
    sku: string
    /**
     * The quantity ordered, in pieces
     */
    quantity: number
    /**
     * Price of one piece when the order was created, in minor units of the currency (cents for EUR)
     */
    unitPrice: number
  }[]
  /**
   * The total of the order, in minor units of the currency (cents for EUR)
   */
  total: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * A token for the card to charge
   */
  paymentToken: string
  /**
   * Where the parcel goes
   */
  shippingAddress?: {
    /**
     * The recipient of the parcel
     */
    name: string
    /**
     * Street and number
     */
    line1: string
    /**
     * Further address details
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
 * The order ended: there is not enough stock, or no such item. Nothing was reserved.
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
   * The items that were missing
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: An item that was missing
   */
  shortages: {
    /**
     * Stock keeping unit: identifies the item
     */
    sku: string
    /**
     * The quantity requested, in pieces
     */
    requested: number
    /**
     * The quantity available at that time, in pieces; 0 for an unknown item
     */
    available: number
  }[]
}

/**
 * More orders have been final for so long that no event about them can arrive any more: each service deletes their data, and ignores events about them. Replaces the marks of the previous event.
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
     * Orders with a smaller id that are kept: not final, or not for long enough
     *
     * @maxItems 1000
     *
     * Items: A UUID
     */
    kept: string[]
  }
  /**
   * Orders that are deleted entirely; all of them are also covered by details
   */
  orders: {
    /**
     * Every order with a smaller id, except those kept; all zeros: none
     */
    before: string
    /**
     * Orders with a smaller id that are kept: not final, or not for long enough
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
   * The amount, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * The reason given by the provider, such as card_declined or insufficient_funds
   */
  reason: string
}

/**
 * The payment of a cancelled order was refunded.
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
   * The amount, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * The reason for the cancellation
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
   * The amount, in minor units of the currency (cents for EUR)
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
   * The carrier
   */
  carrier: string
  /**
   * The tracking number of the carrier
   */
  trackingNumber: string
}

/**
 * A session ended early: by a logout, by a manual revocation, because a stolen refresh token was detected, or because its user may no longer log in that way.
 */
export interface SessionRevokedData {
  /**
   * The user of the session
   */
  userId: string
  /**
   * The session
   */
  sessionId: string
  /**
   * Why: a logout; a manual revocation; a used refresh token was presented again, so it was stolen; the password was changed; the user was disabled. Release 0.1.0 does not set it
   */
  reason?: 'logout' | 'revoked' | 'reuse' | 'password_changed' | 'disabled'
}

/**
 * A user may no longer log in, and every session of the user has ended. Orders of the user continue.
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
   * The version of the user's rights; tokens whose claim rv is smaller are refused
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
   * The version of the user's rights; tokens whose claim rv is smaller are refused
   */
  rightsVersion: number
  /**
   * The operator who enabled the user
   */
  enabledBy?: string
}

/**
 * The password of a user changed, and every earlier session has ended. Never contains the password or its hash.
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
   * The version of the user's rights; tokens whose claim rv is smaller are refused
   */
  rightsVersion: number
  /**
   * Who changed it: the user, or the operator who issued a one-time password
   */
  changedBy?: string
}

/**
 * The role of a user changed; tokens signed before are refused.
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
   * The user's role from now on
   */
  role: 'customer' | 'observer' | 'operator'
  /**
   * The user's previous role
   */
  previousRole: 'customer' | 'observer' | 'operator'
  /**
   * The operator who changed it
   */
  changedBy?: string
  /**
   * The version of the user's rights; tokens whose claim rv is smaller are refused. Release 0.1.0 does not set it
   */
  rightsVersion?: number
}

/**
 * A user signed up.
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
   * The user's role from now on
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
