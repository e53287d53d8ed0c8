import type { ServiceName } from '@docket/addresses/addresses.ts'
import { signingKey } from '@docket/addresses/secrets.ts'
import type { Route } from '@docket/chassis/http/route.ts'
import { routes as inventoryRoutes } from '@docket/inventory-service/src/item.routes.ts'
import { feedRoutes } from '@docket/order-service/src/feed.routes.ts'
import { routes as orderRoutes } from '@docket/order-service/src/order.routes.ts'
import { standingRoutes } from '@docket/order-service/src/standing.routes.ts'
import { routes as paymentRoutes } from '@docket/payment-service/src/payment.routes.ts'
import { refundRoutes } from '@docket/payment-service/src/refund.routes.ts'
import { carrierRoutes } from '@docket/shipping-service/src/carrier.routes.ts'
import { locationRoutes } from '@docket/shipping-service/src/location.routes.ts'
import { returnRoutes } from '@docket/shipping-service/src/return.routes.ts'
import { routes as shipmentRoutes } from '@docket/shipping-service/src/shipment.routes.ts'
import { signingKeys } from '@docket/user-service/src/keys.ts'
import { routes as sessionRoutes } from '@docket/user-service/src/session.routes.ts'
import { routes as userRoutes } from '@docket/user-service/src/user.routes.ts'

const keys = signingKeys.parse(signingKey()) // the routes of user-service need some, although no request is made

export const routesOf: Record<ServiceName, Route[]> = {
  'user-service': [...sessionRoutes(keys), ...userRoutes(keys)],
  'order-service': [
    ...orderRoutes({
      windowMs: 0,
      stuckAfterMs: 0,
      unconsumed: async () => new Map(),
      intake: { admit: () => undefined },
      limits: { admit: () => undefined, rejected: () => undefined },
    }),
    ...standingRoutes({ stuckAfterMs: 0, unconsumed: async () => new Map() }),
    ...feedRoutes({
      async *read() {
        // no item
      },
    }),
  ],
  'inventory-service': inventoryRoutes,
  'payment-service': [...paymentRoutes(() => ({ breaker: 'closed' })), ...refundRoutes],
  'shipping-service': [...shipmentRoutes, ...returnRoutes, ...locationRoutes, ...carrierRoutes(new Map())],
}
