import type { ServiceName } from '@docket/addresses/addresses.ts'
import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { EventType } from '@docket/contract/event.ts'
import { handlers as inventoryHandlers } from '@docket/inventory-service/src/stock.handlers.ts'
import { handlers as orderHandlers } from '@docket/order-service/src/order.handlers.ts'
import { handlers as paymentHandlers } from '@docket/payment-service/src/payment.handlers.ts'
import { handlers as shippingHandlers } from '@docket/shipping-service/src/shipment.handlers.ts'
import { handlers as auditHandlers } from '@docket/user-service/src/audit.handlers.ts'
import type { TopicContract } from './contract/read.ts'

const handlersOf: Record<ServiceName, Handlers> = {
  'order-service': orderHandlers,
  'inventory-service': inventoryHandlers,
  'payment-service': paymentHandlers,
  'shipping-service': shippingHandlers,
  'user-service': auditHandlers,
}

export const services = Object.keys(handlersOf) as ServiceName[]

export const handledBy = (service: string): EventType[] =>
  Object.keys(handlersOf[service as ServiceName] ?? {}) as EventType[] // the keys of Handlers are event types

export const revokesTokens = (topic: string, { type, schema }: TopicContract['events'][number]): boolean =>
  topic === 'user-events' && (type === 'session.revoked' || schema.properties?.rightsVersion !== undefined)
