import { openapiOf } from '@docket/chassis/http/openapi.ts'
import type { Route } from '@docket/chassis/http/route.ts'
import { signingKey } from '@docket/addresses/secrets.ts'
import type { ServiceName } from '@docket/addresses/addresses.ts'
import { routes as inventoryRoutes } from '@docket/inventory-service/src/item.routes.ts'
import { routes as orderRoutes } from '@docket/order-service/src/order.routes.ts'
import { routes as paymentRoutes } from '@docket/payment-service/src/payment.routes.ts'
import { routes as shippingRoutes } from '@docket/shipping-service/src/shipment.routes.ts'
import { signingKeys } from '@docket/user-service/src/keys.ts'
import { routes as sessionRoutes } from '@docket/user-service/src/session.routes.ts'
import { routes as userRoutes } from '@docket/user-service/src/user.routes.ts'

/** A JSON Schema as zod makes it. */
export type Schema = Record<string, unknown>

export interface OpenApi extends Record<string, unknown> {
  components: { schemas: Record<string, Schema> }
}

/** The openapi.json of each service, made from its routes; none of them is ever called. */
export function openapiDocuments(): [service: ServiceName, document: OpenApi][] {
  const keys = signingKeys.parse(signingKey()) // the routes of user-service need some
  const noLimits = { admit: () => undefined, rejected: () => undefined }
  const routesOf: Record<ServiceName, Route[]> = {
    'user-service': [...sessionRoutes(keys), ...userRoutes(keys)],
    'order-service': orderRoutes({ windowMs: 0, stuckAfterMs: 0, mostUnderWay: 1, limits: noLimits }),
    'inventory-service': inventoryRoutes,
    'payment-service': paymentRoutes(() => ({ breaker: 'closed' })),
    'shipping-service': shippingRoutes,
  }
  return Object.entries(routesOf).map(([service, routes]) => [
    service as ServiceName, // its keys are
    openapiOf({ service, version: '0.0.0', routes }) as OpenApi,
  ])
}
