import { service } from '@docket/chassis/service.ts'
import { handlers } from './shipment.handlers.ts'
import { routes } from './shipment.routes.ts'
import { purges } from './retention.sweeps.ts'

const shipping = await service('shipping-service', { port: 8085 })

await shipping.run({
  routes,
  consumes: handlers,
  purges,
  publishes: 'shipping-events',
})
