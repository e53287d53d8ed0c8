import { z } from 'zod'
import { moment } from '@docket/chassis/http/list.ts'

const text = z.string().min(1).max(200)
const mostRepeated = 20
const several = z.union([text.transform(one => [one]), z.array(text).max(mostRepeated)]).optional()
const yesOrNo = z.enum(['true', 'false']).transform(word => word === 'true')

export const FeedQuery = z.object({
  topic: several.meta({ description: 'Only these topics: names, or patterns with * and ?; all but dead letters' }),
  type: several.meta({ description: 'Only these event types' }),
  order: text.optional().meta({ description: 'Only about this order: its id, or the end of its id' }),
  customer: text.optional().meta({ description: "Only about this customer's orders" }),
  sku: several.meta({ description: 'Only about these items and orders for them' }),
  include: several.meta({ description: 'Expressions (RE2): one must match what is shown' }),
  exclude: several.meta({ description: 'Expressions (RE2): none may match what is shown' }),
  from: z
    .union([z.enum(['now', 'beginning']), moment])
    .default('now')
    .meta({ description: 'now, beginning, or a time; a Last-Event-ID goes before it' }),
  last: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .meta({ description: 'Begin with the last n that match' }),
  until: moment.optional().meta({ description: 'End there' }),
  follow: yesOrNo.default(true).meta({ description: 'false: end with what there is now' }),
  personal: yesOrNo.default(false).meta({ description: 'true: show personal data, to operators' }),
})
