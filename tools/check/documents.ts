/**
 * Checks that events/asyncapi.json and the openapi.json of each service are what AsyncAPI and OpenAPI say: `npm run
 * check:documents`. Offline.
 */
import { readFileSync } from 'node:fs'
import { openapiOf } from '@docket/chassis/http/openapi.ts'
import type { Route } from '@docket/chassis/http/route.ts'
import { routes as inventoryRoutes } from '@docket/inventory-service/src/item.routes.ts'
import { signingKey } from '@docket/addresses/secrets.ts'
import { routes as orderRoutes } from '@docket/order-service/src/order.routes.ts'
import { routes as paymentRoutes } from '@docket/payment-service/src/payment.routes.ts'
import { routes as shippingRoutes } from '@docket/shipping-service/src/shipment.routes.ts'
import { signingKeys } from '@docket/user-service/src/keys.ts'
import { routes as sessionRoutes } from '@docket/user-service/src/session.routes.ts'
import { routes as userRoutes } from '@docket/user-service/src/user.routes.ts'
import { asyncApiProblems, openApiProblems } from './document-schema.ts'

const keys = signingKeys.parse(signingKey()) // the routes of user-service need some; no request is made

const routesOf: Record<string, Route[]> = {
  'user-service': [...sessionRoutes(keys), ...userRoutes(keys)],
  'order-service': orderRoutes({
    windowMs: 0,
    stuckAfterMs: 0,
    mostUnderWay: 1,
    limits: { admit: () => undefined, rejected: () => undefined },
  }),
  'inventory-service': inventoryRoutes,
  'payment-service': paymentRoutes(() => ({ breaker: 'closed' })),
  'shipping-service': shippingRoutes,
}

const asyncApi = JSON.parse(readFileSync(new URL('../../events/asyncapi.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>
const found: [document: string, problems: string[]][] = [
  ['events/asyncapi.json', asyncApiProblems(asyncApi)],
  ...(await Promise.all(
    Object.entries(routesOf).map(async ([service, routes]): Promise<[string, string[]]> => [
      `openapi.json of ${service}`,
      await openApiProblems(openapiOf({ service, version: '0.0.0', routes })),
    ]),
  )),
]

for (const [document, problems] of found) {
  console.log(problems.length === 0 ? `${document} is valid` : `${document}:\n  ${problems.join('\n  ')}`)
  if (problems.length > 0) process.exitCode = 1
}
