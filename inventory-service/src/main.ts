import { service } from '@docket/chassis/service.ts'
import { routes } from './item.routes.ts'
import { handlers } from './stock.handlers.ts'
import { metrics } from './stock.metrics.ts'

const inventory = await service('inventory-service', { port: 8083 })

await inventory.run({
  routes,
  consumes: handlers,
  ownsDeadLettersOf: ['order-events'],
  publishes: 'inventory-events',
  metrics,
})
