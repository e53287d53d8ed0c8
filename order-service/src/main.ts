import { z } from 'zod'
import { duration, limit } from '@docket/chassis/config.ts'
import { service } from '@docket/chassis/service.ts'
import { feedRoutes } from './feed.routes.ts'
import { handlersFor } from './order.handlers.ts'
import { intakeOf } from './order.intake.ts'
import { orderLimits } from './order.limits.ts'
import { measures, metrics } from './order.metrics.ts'
import { routes } from './order.routes.ts'
import { acceptPaid, expire, noticeStuck } from './order.sweeps.ts'
import { purges } from './retention.sweeps.ts'
import { standingRoutes } from './standing.routes.ts'

const orders = await service('order-service', {
  port: 8082,
  settings: {
    RESERVATION_WINDOW: duration.default(15 * 60_000), // then a pending order is cancelled as expired
    // as many orders may be under way as end within this time at the current rate; further ones are rejected with 503
    MAX_ORDER_WAIT: duration.refine(ms => ms > 0, 'must be longer than 0').default(3_000),
    MAX_ORDERS_UNDER_WAY: z.coerce.number().int().min(1).max(10_000_000).default(20_000), // whatever they wait for
    LIMIT_ORDERS_PER_MINUTE: limit.default(600), // per user and per replica; operators have ten times that
    STUCK_AFTER: duration.default(30_000), // an order without progress for this long is shown as stuck
  },
})

const { RESERVATION_WINDOW: windowMs, STUCK_AFTER: stuckAfterMs } = orders.settings

const intake = intakeOf({ ceiling: orders.settings.MAX_ORDERS_UNDER_WAY, waitMs: orders.settings.MAX_ORDER_WAIT })
const { unconsumed } = orders
const limits = orderLimits(orders.settings.LIMIT_ORDERS_PER_MINUTE)

await orders.run({
  routes: [
    ...routes({ windowMs, stuckAfterMs, intake, limits, unconsumed }),
    ...standingRoutes({ stuckAfterMs, unconsumed }),
    ...feedRoutes(orders.feed),
  ],
  consumes: handlersFor(limits.rejected),
  publishes: 'order-events',
  sweeps: [
    { name: 'expire orders', everyMs: 1_000, run: expire },
    { name: 'accept paid orders', everyMs: 10_000, run: acceptPaid },
    { name: 'notice stuck orders', everyMs: 30_000, run: noticeStuck(stuckAfterMs, orders.log) },
  ],
  purges,
  measures: measures(stuckAfterMs, intake),
  metrics,
})
