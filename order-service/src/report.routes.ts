import { isRefused } from '@docket/chassis/refused.ts'
import { orderRange } from '@docket/chassis/http/list.ts'
import { ok, reportWeight, route, tooSlow, type Route } from '@docket/chassis/http/route.ts'
import { LeadTimes, Reasons, Sales, SalesQuery, Span } from './report.shapes.ts'
import { readLeadTimes, readReasons, readSales } from './report.store.ts'

export const reportRoutes: Route[] = [
  route({
    method: 'get',
    path: '/reports/sales',
    who: 'observer',
    summary:
      'What was sold, by day, item or customer: orders that were accepted, without what was cancelled or returned',
    query: SalesQuery,
    weight: reportWeight,
    answers: { 200: Sales },
    refusals: tooSlow,
    async handle({ db, query: { by, ...span } }) {
      const rows = await readSales(db.report, by, orderRange(span))
      return isRefused(rows) ? rows : ok({ items: rows })
    },
  }),

  route({
    method: 'get',
    path: '/reports/lead-time',
    who: 'observer',
    summary: 'How long orders took from their creation to each step',
    query: Span,
    weight: reportWeight,
    answers: { 200: LeadTimes },
    refusals: tooSlow,
    async handle({ db, query }) {
      const rows = await readLeadTimes(db.report, orderRange(query))
      return isRefused(rows) ? rows : ok({ items: rows })
    },
  }),

  route({
    method: 'get',
    path: '/reports/reasons',
    who: 'observer',
    summary: 'Why orders were rejected or cancelled, the most frequent reason first',
    query: Span,
    weight: reportWeight,
    answers: { 200: Reasons },
    refusals: tooSlow,
    async handle({ db, query }) {
      const rows = await readReasons(db.report, orderRange(query))
      return isRefused(rows) ? rows : ok({ items: rows })
    },
  }),
]
