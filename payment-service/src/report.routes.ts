import { z } from 'zod'
import { isRefused } from '@docket/chassis/refused.ts'
import { moment, orderRange } from '@docket/chassis/http/list.ts'
import { ok, reportWeight, route, tooSlow, type Route } from '@docket/chassis/http/route.ts'
import { readMoney } from './report.store.ts'

const money = z.int().meta({ description: 'Minor units of the currency' })

const Money = z
  .object({
    items: z.array(
      z.object({
        currency: z.string(),
        captured: money,
        refunded: money.meta({ description: 'What went back' }),
        owed: money.meta({ description: 'What is still to go back' }),
        goodwill: money.meta({ description: 'What was refunded as goodwill, of orders that are in force' }),
        kept: money.meta({ description: 'captured without refunded and owed; net sales without goodwill' }),
      }),
    ),
  })
  .meta({ id: 'MoneyReport' })

export const reportRoutes: Route[] = [
  route({
    method: 'get',
    path: '/reports/money',
    who: 'observer',
    summary: 'What was captured, refunded and given as goodwill for the orders of a time',
    query: z.object({
      since: moment.optional().meta({ description: 'Of orders that were created at this time or later' }),
      until: moment.optional().meta({ description: 'Of orders that were created before' }),
    }),
    weight: reportWeight,
    answers: { 200: Money },
    refusals: tooSlow,
    async handle({ db, query }) {
      const rows = await readMoney(db.report, orderRange(query))
      return isRefused(rows) ? rows : ok({ items: rows })
    },
  }),
]
