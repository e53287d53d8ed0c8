import { duration } from '@docket/chassis/config.ts'
import { service } from '@docket/chassis/service.ts'
import { handlers } from './order.handlers.ts'
import { routes } from './order.routes.ts'
import { expire } from './order.sweeps.ts'

const orders = await service('order-service', {
  port: 8082,
  settings: {
    RESERVATION_WINDOW: duration.default(15 * 60_000), // then a pending order is cancelled: expired
    STUCK_AFTER: duration.default(30_000), // an order without progress for so long is shown as stuck
  },
})

await orders.run({
  routes: routes({ windowMs: orders.settings.RESERVATION_WINDOW, stuckAfterMs: orders.settings.STUCK_AFTER }),
  takes: handlers,
  guards: ['inventory-events', 'payment-events', 'shipping-events', 'user-events'],
  sends: 'order-events',
  sweeps: [{ name: 'expire orders', everyMs: 1_000, run: expire }],
})
