import { z } from 'zod'
import { moment } from '@docket/chassis/http/list.ts'

const money = z.int().meta({ description: 'Minor units of the currency' })

export const Span = z.object({
  since: moment.optional().meta({ description: 'Of orders that were created at this time or later' }),
  until: moment.optional().meta({ description: 'Of orders that were created before' }),
})

export const SalesQuery = Span.extend({ by: z.enum(['day', 'sku', 'customer']).default('day') })

export const Sales = z
  .object({
    items: z.array(
      z.object({
        key: z.string().meta({ description: 'The day in UTC, the sku or the id of the customer' }),
        currency: z.string(),
        orders: z.int(),
        pieces: z.int().meta({ description: 'That were ordered' }),
        gross: money,
        cancelled: money.meta({ description: 'What was cancelled after acceptance' }),
        returned: money,
        net: money.meta({ description: 'gross without cancelled and returned' }),
      }),
    ),
  })
  .meta({ id: 'Sales' })

const seconds = z.number().meta({ description: 'Seconds since the order was created' })

export const LeadTimes = z
  .object({
    items: z.array(z.object({ step: z.string(), orders: z.int(), p50: seconds, p95: seconds, longest: seconds })),
  })
  .meta({ id: 'LeadTimes' })

export const Reasons = z
  .object({
    items: z.array(
      z.object({
        status: z.enum(['rejected', 'cancelled']),
        reason: z.string(),
        currency: z.string(),
        orders: z.int(),
        total: money,
      }),
    ),
  })
  .meta({ id: 'Reasons' })
