import { z } from 'zod'
import { refundStatuses } from '@docket/contract/terms.ts'

export const refundStatus = z.enum(refundStatuses)

export const Refund = z
  .object({
    id: z.uuid(),
    orderId: z.uuid(),
    status: refundStatus,
    amount: z.int().meta({ description: 'Minor units of the currency' }),
    requested: z.int().meta({ description: 'More than the amount, when less was left of the payment' }),
    currency: z.string(),
    reason: z.string().meta({ description: 'lines_cancelled, returned, goodwill, or that of the cancellation' }),
    note: z.string().optional().meta({ description: 'What the operator wrote; not shown to customers' }),
    cause: z.string().optional().meta({ description: 'Why the provider declined it; not shown to customers' }),
    decidedBy: z.uuid().optional().meta({ description: 'The operator who decided it; not shown to customers' }),
    givenBy: z.uuid().optional().meta({ description: 'The operator who gave it by hand; not shown to customers' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Refund' })
