import { z } from 'zod'
import { givenId } from '@docket/chassis/http/given-id.ts'
import { pageLimit } from '@docket/chassis/http/list.ts'
import { reason } from '@docket/chassis/http/reason.ts'
import { usernameOf, weakness } from './user.ts'
import { roles } from '@docket/contract/terms.ts'

const username = z
  .string()
  .transform(usernameOf)
  .pipe(z.string().regex(/^[a-z0-9][a-z0-9._-]{2,63}$/, 'must be 3 to 64 letters, digits, dots, dashes or underscores'))
const role = z.enum(roles)

const anyPassword = z.string().min(1).max(200)
const newPassword = z.string().min(8, 'must have at least 8 characters').max(200)

/**
 * No rule for passwords here, as any may be tried. A one-time password is accepted only together with its replacement.
 */
export const Credentials = z.strictObject({ username, password: anyPassword, newPassword: newPassword.optional() })

export const PasswordChange = z.strictObject({ password: anyPassword, newPassword })

export const NewUser = z.strictObject({ username, password: newPassword }).check(({ value, issues }) => {
  const message = weakness(value.username, value.password)
  if (message) issues.push({ code: 'custom', message, path: ['password'], input: value })
})

export const User = z.object({ id: z.uuid(), username: z.string(), role }).meta({ id: 'User' })
export const Id = z.object({ id: givenId })
export const SessionOfUser = Id.extend({ sessionId: givenId })
export const ReasonQuery = z.object({ reason })
export const RoleChange = z.strictObject({ role, reason })
export const Account = User.extend({ disabled: z.boolean() }).meta({ id: 'Account' })
export const AccountPage = z.object({ items: z.array(Account), nextCursor: z.string().nullable() })
export const OneUsePassword = Account.extend({
  password: z.string(),
  hours: z.number().meta({ description: 'For so long it can be used' }),
}).meta({ id: 'OneUsePassword' })
export const UserQuery = z.object({
  search: z.string().trim().min(1).max(64).optional(),
  username: z.string().trim().min(1).max(64).optional(), // matches the whole name
  limit: pageLimit,
  cursor: z.string().min(1).max(64).optional(),
})

const Session = z
  .object({
    id: z.uuid(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    ip: z.string(),
    userAgent: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' })
export const Sessions = z.object({ items: z.array(Session), nextCursor: z.null() })

export const ReusedSessions = z.object({
  items: z.array(
    z.object({ id: z.uuid(), username: z.string(), endedAt: z.iso.datetime() }).meta({ id: 'ReusedSession' }),
  ),
  nextCursor: z.null(),
})
