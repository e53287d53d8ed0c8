import { z } from 'zod'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { moment, pageLimit } from '@docket/chassis/http/list.ts'
import { reason } from '@docket/chassis/http/reason.ts'
import { roles } from '@docket/contract/terms.ts'
import { usernameOf } from './user.ts'

const Subject = z.strictObject({
  kind: z
    .string()
    .max(32)
    .regex(/^[a-z]+(_[a-z]+)*$/, 'must be a word such as order'),
  id: z.string().min(1).max(128),
})

const Act = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    act: z.string().meta({ description: 'A noun and a verb, such as stock.adjusted' }),
    by: z.object({ userId: z.uuid(), username: z.string(), role: z.enum(roles) }),
    from: z.string().meta({ description: 'The address of the client' }),
    on: z.object({ kind: z.string(), id: z.string() }),
    service: z.string().meta({ description: 'The service in which it was done' }),
    orderId: z.uuid().optional(),
    reason: z.string().optional(),
    detail: z.string().optional(),
  })
  .meta({ id: 'Act' })

export const ActPage = z.object({ items: z.array(Act), nextCursor: z.string().nullable() })

export const ActQuery = z.object({
  by: z.string().max(64).transform(usernameOf).optional().meta({ description: 'The name of the user' }),
  act: z.string().min(1).max(64).optional(),
  kind: z.string().min(1).max(32).optional(),
  on: z.string().min(1).max(128).optional().meta({ description: 'The id, sku or name of what it was done to' }),
  order: givenId.optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit: pageLimit,
  cursor: givenId.optional(),
})

export const ShownBody = z
  .strictObject({ on: Subject, orderId: givenId.optional(), reason })
  .meta({ example: { on: { kind: 'dead_letter', id: 'order-events/17' }, reason: 'a customer called' } })
