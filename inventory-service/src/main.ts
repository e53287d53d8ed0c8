import { service } from '@docket/chassis/service.ts'
import { routes } from './item.routes.ts'
import { handlers } from './stock.handlers.ts'
import { metrics } from './stock.metrics.ts'
import { purges } from './retention.sweeps.ts'

const inventory = await service('inventory-service', { port: 8083 })

await inventory.run({
  routes,
  consumes: handlers,
  purges,
  publishes: 'inventory-events',
  metrics,
})
