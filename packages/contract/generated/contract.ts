// Generated from events/ by `npm run generate`. Do not edit.

/**
 * An operator or an observer did something that concerns others, or saw personal data.
 */
export interface OperatorActedData {
  /**
   * The act
   */
  actId: string
  /**
   * What was done: a noun and a verb, such as stock.adjusted
   */
  act: string
  /**
   * Who did it
   */
  by: {
    /**
     * The user
     */
    userId: string
    /**
     * The name that the user logs in with
     */
    username: string
    /**
     * The user's role at that time
     */
    role: 'customer' | 'observer' | 'operator'
  }
  /**
   * The address of the client; that of the proxy where `TRUST_PROXY` is not set
   */
  from: string
  /**
   * What it was done to
   */
  on: {
    /**
     * What kind of thing, such as item, order or user
     */
    kind: string
    /**
     * Its id, sku or name
     */
    id: string
  }
  /**
   * The order that it concerns
   */
  orderId?: string
  /**
   * Why, in the words of who did it
   */
  reason?: string
  /**
   * What exactly, in words
   */
  detail?: string
}

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
  /**
   * Where it was adjusted. None: main
   */
  location?: string
}

/**
 * What was reserved has left with the shipment.
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
  /**
   * The shipment. None: the only one of the order
   */
  shipmentId?: string
  /**
   * Where it left. None: main
   */
  location?: string
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
 * What was reserved is available again: of a cancelled order all that was still reserved, else the lines that were withdrawn.
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
  /**
   * The cancel request. None: the whole order was cancelled
   */
  requestId?: string
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
  /**
   * Where each line is reserved. None: all of it at main
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: One item, its quantity and where it lies
   */
  allocations?: {
    /**
     * Where stock lies: a warehouse or a shop. main exists from the start
     */
    location: string
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
 * Goods that had left are available again, scrapped, or counted as lost.
 */
export interface StockReturnedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The return
   */
  returnId: string
  /**
   * Where their shipment left
   */
  from: string
  /**
   * Where they arrived; where their shipment left, if they never did
   */
  to: string
  /**
   * Items as the warehouse counted them; each item once in each condition
   *
   * @minItems 1
   * @maxItems 300
   *
   * Items: One item, its quantity and its condition
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
    /**
     * restock: for sale again; scrap: came back and cannot be sold; lost: never came back, and is refunded
     */
    condition: 'restock' | 'scrap' | 'lost'
  }[]
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
  /**
   * Where each line is reserved. None: all of it at main
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: One item, its quantity and where it lies
   */
  allocations?: {
    /**
     * Where stock lies: a warehouse or a shop. main exists from the start
     */
    location: string
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
 * A customer or an operator wants lines of an accepted order cancelled. What has not left is withdrawn; the answer is shipment.lines_withdrawn.
 */
export interface OrderCancelRequestedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The cancel request
   */
  requestId: string
  /**
   * What is to be cancelled; each item once
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
   * The reason given by whoever asked
   */
  detail?: string
  /**
   * The user who asked
   */
  requestedBy?: string
}

/**
 * The order ended and nothing of it leaves: before it was accepted, or because all of its lines were withdrawn. Triggers compensation: what is still reserved is released, what is left of the payment is refunded.
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
  /**
   * The cancel request that withdrew the last lines, if the order had been accepted
   */
  requestId?: string
}

/**
 * The order ended: nothing of it is open any more, and something has left. It may still come back.
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
 * Lines of an accepted order were withdrawn before they left, and something else of it has left or still will: what was reserved for them is released, and their price refunded.
 */
export interface OrderLinesCancelledData {
  /**
   * The order
   */
  orderId: string
  /**
   * The cancel request
   */
  requestId: string
  /**
   * What was withdrawn, and where it was reserved
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: One item, its quantity and where it lies
   */
  lines: {
    /**
     * Where stock lies: a warehouse or a shop. main exists from the start
     */
    location: string
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
   * What is to be refunded, at most what is left of the payment
   */
  refund: {
    /**
     * The refund; a claim in every service, and its idempotency key at the provider
     */
    refundId: string
    /**
     * What the goods cost, in minor units of the currency (cents for EUR); 0 for nothing
     */
    amount: number
  }
}

/**
 * Goods of the order came back, or were lost on their way: their price is refunded.
 */
export interface OrderLinesReturnedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The return
   */
  returnId: string
  /**
   * What came back or was lost; each item once
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
   * What is to be refunded, at most what is left of the payment
   */
  refund: {
    /**
     * The refund; a claim in every service, and its idempotency key at the provider
     */
    refundId: string
    /**
     * What the goods cost, in minor units of the currency (cents for EUR); 0 for nothing
     */
    amount: number
  }
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
 * The provider declined a refund; it is due until an operator retries it or refunds it by hand.
 */
export interface PaymentRefundFailedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The payment
   */
  paymentId: string
  /**
   * The refund; also its idempotency key at the provider
   */
  refundId: string
  /**
   * The amount that was not refunded, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * The reason given by the provider, such as refund_window_closed
   */
  reason: string
  /**
   * How often it has been tried, this time included
   */
  attempt?: number
}

/**
 * A part of the payment, or all that was left of it, was refunded.
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
   * The amount refunded, in minor units of the currency (cents for EUR)
   */
  amount: number
  /**
   * ISO 4217 code of the currency
   */
  currency: string
  /**
   * The reason for the refund: that of the cancellation, or lines_cancelled, returned or goodwill
   */
  reason?: string
  /**
   * The refund. None: the payment of a cancelled order, in one
   */
  refundId?: string
  /**
   * Whether an operator gave it without the provider
   */
  byHand?: boolean
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
 * The goods of a return are not awaited any more, and may be returned again.
 */
export interface ReturnCancelledData {
  /**
   * The order
   */
  orderId: string
  /**
   * The return
   */
  returnId: string
  /**
   * The shipment
   */
  shipmentId: string
}

/**
 * Goods that had been received as lost, and refunded, turned up: stock takes them, and no money moves.
 */
export interface ReturnFoundData {
  /**
   * The order
   */
  orderId: string
  /**
   * The return
   */
  returnId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * The return in which they were received as lost
   */
  lostIn: string
  /**
   * Where their shipment left
   */
  from: string
  /**
   * Where they arrived; where their shipment left, if they never did
   */
  to: string
  /**
   * Items as the warehouse counted them; each item once in each condition, none of them lost
   *
   * @minItems 1
   * @maxItems 300
   *
   * Items: One item, its quantity and its condition
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
    /**
     * restock: for sale again; scrap: came back and cannot be sold; lost: never came back, and is refunded
     */
    condition: 'restock' | 'scrap' | 'lost'
  }[]
}

/**
 * The warehouse counted goods that came back, or they are given up as lost: stock takes them, and their price is refunded.
 */
export interface ReturnReceivedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The return
   */
  returnId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * asked: a customer or an operator wants to return the goods; undeliverable, lost: the carrier could not deliver them; found: they were received as lost, and turned up
   */
  kind: 'asked' | 'undeliverable' | 'lost' | 'found'
  /**
   * Where their shipment left
   */
  from: string
  /**
   * Where they arrived; where their shipment left, if they never did
   */
  to: string
  /**
   * Items as the warehouse counted them; each item once in each condition
   *
   * @minItems 1
   * @maxItems 300
   *
   * Items: One item, its quantity and its condition
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
    /**
     * restock: for sale again; scrap: came back and cannot be sold; lost: never came back, and is refunded
     */
    condition: 'restock' | 'scrap' | 'lost'
  }[]
}

/**
 * Goods are on their way back, or will be: a customer or an operator asked for it, the carrier could not deliver them, or they are the rest of a return that arrived in parts.
 */
export interface ReturnRequestedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The return
   */
  returnId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * asked: a customer or an operator wants to return the goods; undeliverable, lost: the carrier could not deliver them; found: they were received as lost, and turned up
   */
  kind: 'asked' | 'undeliverable' | 'lost' | 'found'
  /**
   * What is awaited; each item once
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
   * The return of which this is the rest
   */
  restOf?: string
  /**
   * The reason given by whoever asked
   */
  detail?: string
  /**
   * The user who asked
   */
  requestedBy?: string
}

/**
 * A shipment was delivered.
 */
export interface ShipmentDeliveredData {
  /**
   * The order
   */
  orderId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * When the carrier delivered it, RFC 3339 in UTC
   */
  deliveredAt?: string
}

/**
 * The answer to a cancel request: what had not left is withdrawn and will not leave; the rest is refused.
 */
export interface ShipmentLinesWithdrawnData {
  /**
   * The order
   */
  orderId: string
  /**
   * The cancel request
   */
  requestId: string
  /**
   * What will not leave, and where it lies; each item once at each location
   *
   * @minItems 0
   * @maxItems 1000
   *
   * Items: One item, its quantity and where it lies
   */
  withdrawn: {
    /**
     * Where stock lies: a warehouse or a shop. main exists from the start
     */
    location: string
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
   * What had left already, or is not in the order; each item once
   *
   * @minItems 0
   * @maxItems 100
   *
   * Items: One item and its quantity
   */
  refused: {
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
 * The carrier lost a shipment: what is in no other return is received in one, as lost.
 */
export interface ShipmentLostData {
  /**
   * The order
   */
  orderId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * What the carrier or the operator said
   */
  detail?: string
}

/**
 * A shipment waits for people at its location (handover manual), so its order is not stuck before lateAt. Published for the rest of a dispatch in part too; not for a shipment that leaves at once.
 */
export interface ShipmentOpenedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * Where it waits
   */
  location: string
  /**
   * What is in it; each item once
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
   * From when on it counts as late, RFC 3339 in UTC
   */
  lateAt: string
}

/**
 * A shipment was handed to a carrier.
 */
export interface ShipmentShippedData {
  /**
   * The order
   */
  orderId: string
  /**
   * The shipment
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
  /**
   * Where it left. None: main
   */
  location?: string
  /**
   * The items that left. None: all of the order
   *
   * @minItems 1
   * @maxItems 100
   *
   * Items: One item and its quantity
   */
  lines?: {
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
 * The carrier could not deliver a shipment, and brings it back: what is in no other return is awaited in one.
 */
export interface ShipmentUndeliverableData {
  /**
   * The order
   */
  orderId: string
  /**
   * The shipment
   */
  shipmentId: string
  /**
   * What the carrier or the operator said
   */
  detail?: string
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
  'operator.acted': OperatorActedData
  'item.created': ItemCreatedData
  'item.updated': ItemUpdatedData
  'stock.adjusted': StockAdjustedData
  'stock.committed': StockCommittedData
  'stock.rejected': StockRejectedData
  'stock.released': StockReleasedData
  'stock.reserved': StockReservedData
  'stock.returned': StockReturnedData
  'order.accepted': OrderAcceptedData
  'order.cancel_requested': OrderCancelRequestedData
  'order.cancelled': OrderCancelledData
  'order.completed': OrderCompletedData
  'order.created': OrderCreatedData
  'order.lines_cancelled': OrderLinesCancelledData
  'order.lines_returned': OrderLinesReturnedData
  'order.rejected': OrderRejectedData
  'retention.passed': RetentionPassedData
  'payment.failed': PaymentFailedData
  'payment.refund_failed': PaymentRefundFailedData
  'payment.refunded': PaymentRefundedData
  'payment.succeeded': PaymentSucceededData
  'return.cancelled': ReturnCancelledData
  'return.found': ReturnFoundData
  'return.received': ReturnReceivedData
  'return.requested': ReturnRequestedData
  'shipment.delivered': ShipmentDeliveredData
  'shipment.lines_withdrawn': ShipmentLinesWithdrawnData
  'shipment.lost': ShipmentLostData
  'shipment.opened': ShipmentOpenedData
  'shipment.shipped': ShipmentShippedData
  'shipment.undeliverable': ShipmentUndeliverableData
  'session.revoked': SessionRevokedData
  'user.disabled': UserDisabledData
  'user.enabled': UserEnabledData
  'user.password_changed': UserPasswordChangedData
  'user.role_changed': UserRoleChangedData
  'user.signed_up': UserSignedUpData
}

export type EventType = keyof DataOf

export const typesOf = {
  'audit-events': ['operator.acted'],
  'inventory-events': ['item.created', 'item.updated', 'stock.adjusted', 'stock.committed', 'stock.rejected', 'stock.released', 'stock.reserved', 'stock.returned'],
  'order-events': ['order.accepted', 'order.cancel_requested', 'order.cancelled', 'order.completed', 'order.created', 'order.lines_cancelled', 'order.lines_returned', 'order.rejected', 'retention.passed'],
  'payment-events': ['payment.failed', 'payment.refund_failed', 'payment.refunded', 'payment.succeeded'],
  'shipping-events': ['return.cancelled', 'return.found', 'return.received', 'return.requested', 'shipment.delivered', 'shipment.lines_withdrawn', 'shipment.lost', 'shipment.opened', 'shipment.shipped', 'shipment.undeliverable'],
  'user-events': ['session.revoked', 'user.disabled', 'user.enabled', 'user.password_changed', 'user.role_changed', 'user.signed_up'],
} as const satisfies Record<string, readonly EventType[]>

export type Topic = keyof typeof typesOf

export const topicOf: Readonly<Record<EventType, Topic>> = {
  'operator.acted': 'audit-events',
  'item.created': 'inventory-events',
  'item.updated': 'inventory-events',
  'stock.adjusted': 'inventory-events',
  'stock.committed': 'inventory-events',
  'stock.rejected': 'inventory-events',
  'stock.released': 'inventory-events',
  'stock.reserved': 'inventory-events',
  'stock.returned': 'inventory-events',
  'order.accepted': 'order-events',
  'order.cancel_requested': 'order-events',
  'order.cancelled': 'order-events',
  'order.completed': 'order-events',
  'order.created': 'order-events',
  'order.lines_cancelled': 'order-events',
  'order.lines_returned': 'order-events',
  'order.rejected': 'order-events',
  'retention.passed': 'order-events',
  'payment.failed': 'payment-events',
  'payment.refund_failed': 'payment-events',
  'payment.refunded': 'payment-events',
  'payment.succeeded': 'payment-events',
  'return.cancelled': 'shipping-events',
  'return.found': 'shipping-events',
  'return.received': 'shipping-events',
  'return.requested': 'shipping-events',
  'shipment.delivered': 'shipping-events',
  'shipment.lines_withdrawn': 'shipping-events',
  'shipment.lost': 'shipping-events',
  'shipment.opened': 'shipping-events',
  'shipment.shipped': 'shipping-events',
  'shipment.undeliverable': 'shipping-events',
  'session.revoked': 'user-events',
  'user.disabled': 'user-events',
  'user.enabled': 'user-events',
  'user.password_changed': 'user-events',
  'user.role_changed': 'user-events',
  'user.signed_up': 'user-events',
}

/** What the key of the records of each type is: a field of their data, or always this word. */
export const keyOf: Readonly<Record<EventType, { field: string } | { const: string }>> = {
  'operator.acted': { field: 'actId' },
  'item.created': { field: 'sku' },
  'item.updated': { field: 'sku' },
  'stock.adjusted': { field: 'sku' },
  'stock.committed': { field: 'orderId' },
  'stock.rejected': { field: 'orderId' },
  'stock.released': { field: 'orderId' },
  'stock.reserved': { field: 'orderId' },
  'stock.returned': { field: 'orderId' },
  'order.accepted': { field: 'orderId' },
  'order.cancel_requested': { field: 'orderId' },
  'order.cancelled': { field: 'orderId' },
  'order.completed': { field: 'orderId' },
  'order.created': { field: 'orderId' },
  'order.lines_cancelled': { field: 'orderId' },
  'order.lines_returned': { field: 'orderId' },
  'order.rejected': { field: 'orderId' },
  'retention.passed': { const: 'retention' },
  'payment.failed': { field: 'orderId' },
  'payment.refund_failed': { field: 'orderId' },
  'payment.refunded': { field: 'orderId' },
  'payment.succeeded': { field: 'orderId' },
  'return.cancelled': { field: 'orderId' },
  'return.found': { field: 'orderId' },
  'return.received': { field: 'orderId' },
  'return.requested': { field: 'orderId' },
  'shipment.delivered': { field: 'orderId' },
  'shipment.lines_withdrawn': { field: 'orderId' },
  'shipment.lost': { field: 'orderId' },
  'shipment.opened': { field: 'orderId' },
  'shipment.shipped': { field: 'orderId' },
  'shipment.undeliverable': { field: 'orderId' },
  'session.revoked': { field: 'userId' },
  'user.disabled': { field: 'userId' },
  'user.enabled': { field: 'userId' },
  'user.password_changed': { field: 'userId' },
  'user.role_changed': { field: 'userId' },
  'user.signed_up': { field: 'userId' },
}

/** The release that brought each type. */
export const sinceOf: Readonly<Record<EventType, string>> = {
  'operator.acted': '0.2.0',
  'item.created': '0.1.0',
  'item.updated': '0.1.0',
  'stock.adjusted': '0.1.0',
  'stock.committed': '0.1.0',
  'stock.rejected': '0.1.0',
  'stock.released': '0.1.0',
  'stock.reserved': '0.1.0',
  'stock.returned': '0.2.0',
  'order.accepted': '0.1.0',
  'order.cancel_requested': '0.2.0',
  'order.cancelled': '0.1.0',
  'order.completed': '0.1.0',
  'order.created': '0.1.0',
  'order.lines_cancelled': '0.2.0',
  'order.lines_returned': '0.2.0',
  'order.rejected': '0.1.0',
  'retention.passed': '0.1.0',
  'payment.failed': '0.1.0',
  'payment.refund_failed': '0.2.0',
  'payment.refunded': '0.1.0',
  'payment.succeeded': '0.1.0',
  'return.cancelled': '0.2.0',
  'return.found': '0.2.0',
  'return.received': '0.2.0',
  'return.requested': '0.2.0',
  'shipment.delivered': '0.2.0',
  'shipment.lines_withdrawn': '0.2.0',
  'shipment.lost': '0.2.0',
  'shipment.opened': '0.2.0',
  'shipment.shipped': '0.1.0',
  'shipment.undeliverable': '0.2.0',
  'session.revoked': '0.1.0',
  'user.disabled': '0.2.0',
  'user.enabled': '0.2.0',
  'user.password_changed': '0.2.0',
  'user.role_changed': '0.1.0',
  'user.signed_up': '0.1.0',
}

/** Types that are only published in reaction to others that are as new. */
export const answers: ReadonlySet<string> = new Set(['stock.returned', 'order.lines_cancelled', 'order.lines_returned', 'shipment.lines_withdrawn'])

/** The release that brought each value of an enum that is younger than its type: type, field, value. */
export const valueSinceOf = {
  'order.cancelled reason unknown_order': '0.2.0',
  'user.role_changed role observer': '0.2.0',
  'user.role_changed previousRole observer': '0.2.0',
} as const satisfies Record<string, string>

export type LaterValue = keyof typeof valueSinceOf

export const topics: readonly { topic: Topic; partitions: number }[] = [
  { topic: 'audit-events', partitions: 3 },
  { topic: 'inventory-events', partitions: 6 },
  { topic: 'order-events', partitions: 6 },
  { topic: 'payment-events', partitions: 6 },
  { topic: 'shipping-events', partitions: 6 },
  { topic: 'user-events', partitions: 6 },
]
