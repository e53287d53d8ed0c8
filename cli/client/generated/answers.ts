// Generated from the openapi.json of the services by `npm run generate`. Do not edit.

export interface Account {
  id: string
  username: string
  role: 'customer' | 'observer' | 'operator'
  disabled: boolean
}
export interface Item {
  sku: string
  name: string
  unitPrice: number
  currency: string
  available: number
  reserved: number
  shipped: number
  received: number
}
export interface Location {
  name: string
  handover: 'auto' | 'manual'
  /**
   * A shipment that is open for longer is late
   */
  lateAfterSeconds: number
}
export interface Movement {
  id: number
  sku: string
  kind: 'received' | 'adjusted' | 'reserved' | 'released' | 'shipped' | 'returned' | 'scrapped' | 'lost' | 'found'
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
  orderId?: string
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
   * The step that comes next, while the order is not final
   */
  waitsFor?: {
    service: string
    step: string
  }
  timeline: {
    at: string
    event: string
    service: string
    detail?: string
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
   * The step that comes next, while the order is not final
   */
  waitsFor?: {
    service: string
    step: string
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
    at: string
  }[]
  refunds: {
    amount: number
    currency: string
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
