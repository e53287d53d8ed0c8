import { orderRange, pageOf } from '@docket/chassis/http/list.ts'
import { noContent, ok, route, weightOfPage, type Route } from '@docket/chassis/http/route.ts'
import type { Act } from './audit.ts'
import { ActPage, ActQuery, ShownBody } from './audit.shapes.ts'
import { listActs } from './audit.store.ts'

export const auditRoutes: Route[] = [
  route({
    method: 'get',
    path: '/audit',
    who: 'operator',
    summary: 'Who did what, in all services, the newest first',
    query: ActQuery,
    weight: weightOfPage,
    answers: { 200: ActPage },
    async handle({ tx, query: { since, until, cursor, limit, ...filter } }) {
      const rows = await listActs(tx, { ...filter, ...orderRange({ since, until, cursor }), limit: limit + 1 })
      const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id)
      return ok({ items: page.map(shown), nextCursor })
    },
  }),

  route({
    method: 'post',
    path: '/audit',
    who: 'observer',
    summary: 'Personal data is about to be shown; whoever shows it must not do so when this fails',
    body: ShownBody,
    answers: { 204: undefined },
    async handle({ body, audit }) {
      await audit({ act: 'personal_data.shown', ...body })
      return noContent()
    },
  }),
]

function shown({ userId, username, role, address, kind, subject, orderId, reason, detail, at, ...act }: Act) {
  return {
    ...act,
    at: at.toISOString(),
    by: { userId, username, role },
    from: address,
    on: { kind, id: subject },
    ...(orderId !== null && { orderId }),
    ...(reason !== null && { reason }),
    ...(detail !== null && { detail }),
  }
}
