// Generated from the openapi.json of the services by `npm run generate`. Do not edit.

export interface Account {
  id: string
  username: string
  role: 'customer' | 'observer' | 'operator'
  disabled: boolean
}
export interface Act {
  id: string
  at: string
  /**
   * A noun and a verb, such as stock.adjusted
   */
  act: string
  by: {
    userId: string
    username: string
    role: 'customer' | 'observer' | 'operator'
  }
  /**
   * The address of the client
   */
  from: string
  on: {
    kind: string
    id: string
  }
  /**
   * The service in which it was done
   */
  service: string
  orderId?: string
  reason?: string
  detail?: string
}
export interface CancelRequest {
  requestId: string
  orderId: string
  /**
   * open: shipping-service decides; withdrawn: nothing of it leaves; partly, refused: some or all had left
   */
  status: 'open' | 'withdrawn' | 'partly' | 'refused'
  /**
   * What was to be cancelled
   */
  lines: {
    sku: string
    quantity: number
  }[]
  withdrawn?: {
    sku: string
    quantity: number
    location: string
  }[]
  /**
   * What had left already
   */
  refused?: {
    sku: string
    quantity: number
  }[]
  detail?: string
  requestedBy: string
  requestedAt: string
  answeredAt?: string
}
export interface CarrierReport {
  carrier: string
  id: string
  trackingNumber: string
  status: 'lost' | 'undeliverable' | 'delivered'
  detail?: string
  at: string
  receivedAt: string
}
export interface Item {
  sku: string
  name: string
  unitPrice: number
  currency: string
  available: number
  reserved: number
  shipped: number
  /**
   * Came back, and cannot be sold
   */
  scrapped: number
  /**
   * Of those shipped: never came back, and were refunded
   */
  lost: number
  /**
   * Available, reserved, shipped or scrapped
   */
  received: number
}
export interface LeadTimes {
  items: {
    step: string
    orders: number
    /**
     * Seconds since the order was created
     */
    p50: number
    /**
     * Seconds since the order was created
     */
    p95: number
    /**
     * Seconds since the order was created
     */
    longest: number
  }[]
}
export interface Location {
  name: string
  handover: 'auto' | 'manual'
  /**
   * A shipment that is open for longer is late
   */
  lateAfterSeconds: number
}
export interface MoneyReport {
  items: {
    currency: string
    /**
     * Minor units of the currency
     */
    captured: number
    /**
     * What went back
     */
    refunded: number
    /**
     * What is still to go back
     */
    owed: number
    /**
     * What was refunded as goodwill, of orders that are in force
     */
    goodwill: number
    /**
     * captured without refunded and owed; net sales without goodwill
     */
    kept: number
  }[]
}
export interface Movement {
  id: number
  sku: string
  kind: 'received' | 'adjusted' | 'reserved' | 'released' | 'shipped' | 'returned' | 'scrapped' | 'lost' | 'found'
  location: string
  /**
   * By how many pieces it changed
   */
  available: number
  /**
   * By how many pieces it changed
   */
  reserved: number
  /**
   * By how many pieces it changed
   */
  shipped: number
  /**
   * By how many pieces it changed
   */
  scrapped: number
  /**
   * By how many pieces it changed
   */
  lost: number
  /**
   * How many came here from another location; negative: went there
   */
  moved: number
  orderId?: string
  /**
   * The shipment, cancel request or return that it comes from
   */
  ref?: string
  /**
   * What the operator gave as the reason
   */
  reason?: string
  at: string
}
export interface OneUsePassword {
  id: string
  username: string
  role: 'customer' | 'observer' | 'operator'
  disabled: boolean
  password: string
  /**
   * For so long it can be used
   */
  hours: number
}
export interface Order {
  id: string
  customerId: string
  status: 'pending' | 'accepted' | 'completed' | 'rejected' | 'cancelled'
  reason?: string
  detail?: string
  lines: {
    sku: string
    name: string
    quantity: number
    unitPrice: number
    /**
     * How many will not leave
     */
    cancelled: number
    /**
     * How many have left; what is neither cancelled nor shipped is open
     */
    shipped: number
    /**
     * How many of those shipped came back or were lost
     */
    returned: number
  }[]
  shortages?: {
    sku: string
    requested: number
    available: number
  }[]
  /**
   * Minor units of the currency
   */
  total: number
  currency: string
  shippingAddress?: {
    name: string
    line1: string
    line2?: string
    postalCode: string
    city: string
    country: string
  }
  createdAt: string
  updatedAt: string
  expiresAt: string
  version: number
  stuck: boolean
  /**
   * The step that comes next, while the order is not final or something of it is not decided
   */
  waitsFor?: {
    name:
      | 'reservation'
      | 'charge'
      | 'acceptance'
      | 'shipment'
      | 'handover'
      | 'departure'
      | 'ending'
      | 'withdrawal'
      | 'return'
    /**
     * Whose step it is
     */
    service: string
    /**
     * The step in words
     */
    step: string
    /**
     * When the order last made progress
     */
    since: string
  }
  timeline: {
    at: string
    event: string
    service: string
    detail?: string
    /**
     * The shipment, return, refund or request that it is about
     */
    ref?: string
  }[]
}
export interface OrderSteps {
  at: string
  /**
   * There are more orders under way than were counted
   */
  isLimited: boolean
  /**
   * How far back rates and times go; shorter when more happens
   */
  windowSeconds: number
  perSecond: {
    /**
     * Orders created a second, in the window
     */
    created: number
    /**
     * Orders completed a second, in the window
     */
    completed: number
    /**
     * Orders rejected a second, in the window
     */
    rejected: number
    /**
     * Orders cancelled a second, in the window
     */
    cancelled: number
  }
  /**
   * All steps, in the order in which an order goes through them
   */
  steps: {
    name:
      | 'reservation'
      | 'charge'
      | 'acceptance'
      | 'shipment'
      | 'handover'
      | 'departure'
      | 'ending'
      | 'withdrawal'
      | 'return'
    service: string
    step: string
    /**
     * How many orders wait for it
     */
    orders: number
    /**
     * How many of them are stuck
     */
    stuck: number
    /**
     * When the one that waits longest last made progress
     */
    oldestSince?: string
    /**
     * Orders that have passed it a second, in the window
     */
    perSecond: number
    /**
     * The median time of those that have passed it
     */
    p50Ms?: number
    p95Ms?: number
  }[]
  /**
   * Of each step the orders that have waited for it longest
   */
  orders: {
    id: string
    customerId: string
    status: 'pending' | 'accepted' | 'completed' | 'rejected' | 'cancelled'
    /**
     * Minor units of the currency
     */
    total: number
    currency: string
    createdAt: string
    stuck: boolean
    waitsFor: {
      name:
        | 'reservation'
        | 'charge'
        | 'acceptance'
        | 'shipment'
        | 'handover'
        | 'departure'
        | 'ending'
        | 'withdrawal'
        | 'return'
      /**
       * Whose step it is
       */
      service: string
      /**
       * The step in words
       */
      step: string
      /**
       * When the order last made progress
       */
      since: string
    }
    lines: {
      sku: string
      quantity: number
    }[]
  }[]
}
export interface OrderSummary {
  id: string
  customerId: string
  status: 'pending' | 'accepted' | 'completed' | 'rejected' | 'cancelled'
  reason?: string
  detail?: string
  lines: {
    sku: string
    name: string
    quantity: number
    unitPrice: number
    /**
     * How many will not leave
     */
    cancelled: number
    /**
     * How many have left; what is neither cancelled nor shipped is open
     */
    shipped: number
    /**
     * How many of those shipped came back or were lost
     */
    returned: number
  }[]
  shortages?: {
    sku: string
    requested: number
    available: number
  }[]
  /**
   * Minor units of the currency
   */
  total: number
  currency: string
  shippingAddress?: {
    name: string
    line1: string
    line2?: string
    postalCode: string
    city: string
    country: string
  }
  createdAt: string
  updatedAt: string
  expiresAt: string
  version: number
  stuck: boolean
  /**
   * The step that comes next, while the order is not final or something of it is not decided
   */
  waitsFor?: {
    name:
      | 'reservation'
      | 'charge'
      | 'acceptance'
      | 'shipment'
      | 'handover'
      | 'departure'
      | 'ending'
      | 'withdrawal'
      | 'return'
    /**
     * Whose step it is
     */
    service: string
    /**
     * The step in words
     */
    step: string
    /**
     * When the order last made progress
     */
    since: string
  }
}
export interface Payment {
  orderId: string
  id: string
  status: 'charging' | 'succeeded' | 'failed' | 'refunding' | 'refunded' | 'void'
  /**
   * Minor units of the currency
   */
  amount: number
  /**
   * What of it went back
   */
  refunded: number
  /**
   * What of it is still to go back: its refunds are due or failed
   */
  owed: number
  currency: string
  reason?: string
  /**
   * It waits for an operator since
   */
  stuckAt?: string
  /**
   * An operator ended it; it is charged no more
   */
  givenUpAt?: string
  createdAt: string
  updatedAt: string
  attempts: {
    kind: string
    outcome: string
    answer?: string
    refundId?: string
    at: string
  }[]
  /**
   * Those that were given
   */
  refunds: {
    id: string
    status: 'due' | 'given' | 'failed' | 'by_hand'
    /**
     * Minor units of the currency
     */
    amount: number
    currency: string
    /**
     * lines_cancelled, returned, goodwill, or that of the cancellation
     */
    reason: string
    /**
     * When its status last changed
     */
    at: string
  }[]
  /**
   * Those that are due or failed
   */
  openRefunds: {
    id: string
    status: 'due' | 'given' | 'failed' | 'by_hand'
    /**
     * Minor units of the currency
     */
    amount: number
    currency: string
    /**
     * lines_cancelled, returned, goodwill, or that of the cancellation
     */
    reason: string
    /**
     * Why the provider declined it; not shown to customers
     */
    cause?: string
    /**
     * When its status last changed
     */
    at: string
  }[]
}
export interface PaymentSummary {
  orderId: string
  id: string
  status: 'charging' | 'succeeded' | 'failed' | 'refunding' | 'refunded' | 'void'
  /**
   * Minor units of the currency
   */
  amount: number
  /**
   * What of it went back
   */
  refunded: number
  /**
   * What of it is still to go back: its refunds are due or failed
   */
  owed: number
  currency: string
  reason?: string
  /**
   * It waits for an operator since
   */
  stuckAt?: string
  /**
   * An operator ended it; it is charged no more
   */
  givenUpAt?: string
  createdAt: string
  updatedAt: string
}
/**
 * RFC 9457. Members that are not listed here say more about some codes.
 */
export interface Problem {
  type: string
  title: string
  status: number
  /**
   * A sentence for a person.
   */
  detail: string
  /**
   * For programs: it stays.
   */
  code: string
  /**
   * The x-request-id of the answer; in one that is given again, that of the first.
   */
  requestId: string
  /**
   * Which values are wrong, of a 422.
   */
  errors?: {
    path: string
    message: string
  }[]
}
export interface Reasons {
  items: {
    status: 'rejected' | 'cancelled'
    reason: string
    currency: string
    orders: number
    /**
     * Minor units of the currency
     */
    total: number
  }[]
}
export interface Refund {
  id: string
  orderId: string
  status: 'due' | 'given' | 'failed' | 'by_hand'
  /**
   * Minor units of the currency
   */
  amount: number
  /**
   * More than the amount, when less was left of the payment
   */
  requested: number
  currency: string
  /**
   * lines_cancelled, returned, goodwill, or that of the cancellation
   */
  reason: string
  /**
   * What the operator wrote; not shown to customers
   */
  note?: string
  /**
   * Why the provider declined it; not shown to customers
   */
  cause?: string
  /**
   * The operator who decided it; not shown to customers
   */
  decidedBy?: string
  /**
   * The operator who gave it by hand; not shown to customers
   */
  givenBy?: string
  createdAt: string
  updatedAt: string
}
export interface Return {
  id: string
  orderId: string
  shipmentId: string
  kind: 'asked' | 'undeliverable' | 'lost' | 'found'
  status: 'requested' | 'received' | 'cancelled'
  lines: {
    sku: string
    quantity: number
    condition?: 'restock' | 'scrap' | 'lost'
  }[]
  /**
   * The return in which the goods were received as lost
   */
  lostIn?: string
  /**
   * Where it was received
   */
  location?: string
  detail?: string
  createdAt: string
  endedAt?: string
}
export interface ReusedSession {
  id: string
  username: string
  endedAt: string
}
export interface Sales {
  items: {
    /**
     * The day in UTC, the sku or the id of the customer
     */
    key: string
    currency: string
    orders: number
    /**
     * That were ordered
     */
    pieces: number
    /**
     * Minor units of the currency
     */
    gross: number
    /**
     * What was cancelled after acceptance
     */
    cancelled: number
    /**
     * Minor units of the currency
     */
    returned: number
    /**
     * gross without cancelled and returned
     */
    net: number
  }[]
}
export interface Session {
  id: string
  createdAt: string
  lastUsedAt: string
  ip: string
  userAgent: string
  current: boolean
}
export interface Shipment {
  orderId: string
  id: string
  location: string
  status: 'open' | 'shipped' | 'delivered' | 'undeliverable' | 'lost' | 'cancelled'
  /**
   * What its carrier says, and no operator has confirmed
   */
  claim?: 'undeliverable' | 'lost'
  carrier?: string
  trackingNumber?: string
  lines: {
    sku: string
    quantity: number
    /**
     * Pieces that are in a return, or came back in one
     */
    returned: number
  }[]
  shippingAddress?: {
    [k: string]: string
  }
  createdAt: string
  /**
   * It is late when it is still open then
   */
  lateAt?: string
  shippedAt?: string
  /**
   * When it was delivered, undeliverable or lost
   */
  endedAt?: string
}
export interface User {
  id: string
  username: string
  role: 'customer' | 'observer' | 'operator'
}
export interface Waiting {
  /**
   * Open shipments
   */
  dispatch: number
  /**
   * Of these, those that should have left
   */
  lateDispatch: number
  /**
   * Shipments whose carrier claims what nobody has confirmed
   */
  confirmation: number
  /**
   * Announced returns
   */
  goods: number
  /**
   * Carriers' reports on shipments that are not known here
   */
  unknownShipment: number
}
