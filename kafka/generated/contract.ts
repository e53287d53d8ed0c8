// INTERIM by the founder until `npm run generate` exists
export interface Line { sku: string; quantity: number }
export interface Shortage { sku: string; requested: number; available: number }
export interface Address { name: string; line1: string; line2?: string; postalCode: string; city: string; country: string }
export interface Pay { orderId: string; paymentId: string; amount: number; currency: string; reason?: string }
export interface ItemData { sku: string; name: string; unitPrice: number; currency: string }
export interface DataOf {
  'order.created': { orderId: string; customerId: string; lines: (Line & { unitPrice: number })[]; total: number; currency: string; paymentToken: string; shippingAddress?: Address; expiresAt: string }
  'order.accepted': { orderId: string; lines: Line[]; shippingAddress?: Address }
  'order.rejected': { orderId: string; reason: 'out_of_stock' | 'unknown_item'; shortages: Shortage[] }
  'order.cancelled': { orderId: string; reason: 'payment_failed' | 'requested' | 'expired'; detail?: string; cancelledBy?: string }
  'order.completed': { orderId: string }
  'stock.reserved': { orderId: string; total: number; currency: string; paymentToken: string }
  'stock.rejected': { orderId: string; reason: 'out_of_stock' | 'unknown_item'; shortages: Shortage[] }
  'stock.released': { orderId: string; lines: Line[] }
  'stock.committed': { orderId: string; lines: Line[] }
  'item.created': ItemData
  'item.updated': ItemData
  'stock.adjusted': { sku: string; delta: number; reason: string; available: number }
  'payment.succeeded': Pay
  'payment.failed': Pay & { reason: string }
  'payment.refunded': Pay
  'shipment.shipped': { orderId: string; shipmentId: string; carrier: string; trackingNumber: string }
  'user.signed_up': { userId: string; username: string; role: string }
  'user.role_changed': { userId: string; username: string; role: string; previousRole: string }
  'session.revoked': { userId: string; sessionId: string }
}
export type EventType = keyof DataOf
export const typesOf = {
  'order-events': ['order.created', 'order.accepted', 'order.rejected', 'order.cancelled', 'order.completed'],
  'inventory-events': ['stock.reserved', 'stock.rejected', 'stock.released', 'stock.committed', 'item.created', 'item.updated', 'stock.adjusted'],
  'payment-events': ['payment.succeeded', 'payment.failed', 'payment.refunded'],
  'shipping-events': ['shipment.shipped'],
  'user-events': ['user.signed_up', 'user.role_changed', 'session.revoked'],
} as const
export type Topic = keyof typeof typesOf
export const topics = Object.keys(typesOf) as Topic[]
export const topicOf = Object.fromEntries(Object.entries(typesOf).flatMap(([topic, types]) => types.map(type => [type, topic]))) as Record<EventType, Topic>
