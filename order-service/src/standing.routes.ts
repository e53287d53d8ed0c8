import { ok, route, type Route } from '@docket/chassis/http/route.ts'
import { steps } from '@docket/contract/steps.ts'
import { OrderSteps } from './order.shapes.ts'
import { overviewOf, type Overview, type OverviewSettings } from './standing.overview.ts'

export const standingRoutes = (settings: OverviewSettings): Route[] => [orderSteps(settings)]

function orderSteps(settings: OverviewSettings): Route {
  const overview = overviewOf(settings)
  return route({
    method: 'get',
    path: '/order-steps',
    who: 'observer',
    summary: 'The steps that orders wait for: how many, since when, and how fast they get on',
    answers: { 200: OrderSteps },
    manual: true, // most callers get an answer that is known already
    handle: async ({ db }) => ok(shown(await overview(db))),
  })
}

function shown({ at, windowSeconds, isLimited, pace, ...overview }: Overview) {
  const perSecond = (count: number | undefined) => (count ?? 0) / windowSeconds
  return {
    at: at.toISOString(),
    windowSeconds,
    isLimited,
    perSecond: {
      created: perSecond(pace.events.get('order.created')),
      completed: perSecond(pace.events.get('order.completed')),
      rejected: perSecond(pace.events.get('order.rejected')),
      cancelled: perSecond(pace.events.get('order.cancelled')),
    },
    steps: overview.steps.map(({ name, orders, stuck, oldestSince, passed }) => ({
      name,
      ...steps[name],
      orders,
      stuck,
      ...(oldestSince && { oldestSince: oldestSince.toISOString() }),
      perSecond: perSecond(passed?.orders),
      ...(passed && { p50Ms: Math.round(passed.p50Ms), p95Ms: Math.round(passed.p95Ms) }),
    })),
    orders: overview.orders.map(
      ({ id, customerId, status, total, currency, createdAt, updatedAt, stuck, waitsFor, lines }) => ({
        id,
        customerId,
        status,
        total,
        currency,
        createdAt: createdAt.toISOString(),
        stuck,
        waitsFor: { ...waitsFor, since: updatedAt.toISOString() },
        lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      }),
    ),
  }
}
