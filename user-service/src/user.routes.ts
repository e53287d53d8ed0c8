import { z } from 'zod'
import { newId } from '@docket/chassis/id.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { ok, route, type Answer, type RouteRequest, type Route } from '@docket/chassis/http/route.ts'
import { jwks, type SigningKey } from './keys.ts'
import { hashPassword, isPassword } from './passwords.ts'
import { countLogin, countSignup } from './session.metrics.ts'
import { begin, shown } from './session.steps.ts'
import { loginLimits, mayBecome, maySignUp, mayTry, signupLimits, type User as DomainUser } from './user.ts'
import { Id, NewUser, RoleChange, User, UserPage, UserQuery } from './user.shapes.ts'
import {
  findByName,
  forgetAttempts,
  insertUser,
  listUsers,
  lockForRoleChange,
  noteAttempt,
  noteSignup,
  saveRole,
} from './user.store.ts'

export const routes = (keys: readonly SigningKey[]): Route[] => [
  deadLettersRoute,
  route({
    method: 'post',
    path: '/signup',
    who: 'anyone',
    summary: 'Become a customer, and log in',
    body: NewUser,
    answers: { 201: User },
    refusals: { username_taken: 409, too_many_requests: 429 },
    idempotency: 'own',
    manual: true, // a password is hashed here: not inside a transaction, and no trace of it is kept
    async handle(request) {
      const { db, body, ip, headers, idempotencyKey, traceparent, log } = request
      const no = maySignUp(await noteSignup(db.read, ip, signupLimits.windowMs)) // before the password is hashed
      if (no) {
        countSignup('limited')
        return no
      }
      const passwordHash = await hashPassword(body.password)
      const user: DomainUser = { id: newId(), username: body.username, role: 'customer', version: 1 }
      const answer = await db.transaction(async tx => {
        if (!(await insertUser(tx, { ...user, passwordHash, signupKey: idempotencyKey }))) return undefined
        await publish(tx, [
          {
            type: 'user.signed_up',
            key: user.id,
            sequence: 1,
            data: { userId: user.id, username: user.username, role: user.role },
          },
        ])
        return begin(tx, keys, user, { ip, headers }, true)
      }, traceparent)
      if (!answer) return again(keys, request)
      countSignup('succeeded')
      log.info({ userId: user.id }, 'signed up')
      return answer
    },
  }),

  route({
    method: 'get',
    path: '/users',
    who: 'operator',
    summary: 'List users, by name',
    query: UserQuery,
    answers: { 200: UserPage },
    async handle({ tx, query: { cursor, limit, search } }) {
      const rows = await listUsers(tx, { search: search?.toLowerCase(), after: cursor, limit: limit + 1 })
      const page = rows.slice(0, limit)
      return ok({
        items: page.map(shown),
        nextCursor: rows.length > page.length ? (page.at(-1)?.username ?? null) : null,
      })
    },
  }),

  route({
    method: 'patch',
    path: '/users/:id',
    who: 'operator',
    summary: 'Make a user an operator, or a customer again',
    params: Id,
    body: RoleChange,
    answers: { 200: User },
    refusals: { not_found: 404, last_operator: 409 },
    async handle({ tx, params, body, user: operator }) {
      const { user, operators } = await lockForRoleChange(tx, params.id)
      if (!user) return refused('not_found', 'There is no such user.')
      if (user.role === body.role) return ok(shown(user))
      const no = mayBecome(user, body.role, operators)
      if (no) return no
      const version = await saveRole(tx, user, body.role)
      await publish(tx, [
        {
          type: 'user.role_changed',
          key: user.id,
          sequence: version,
          data: {
            userId: user.id,
            username: user.username,
            role: body.role,
            previousRole: user.role,
            changedBy: operator.id,
          },
        },
      ])
      return ok(shown({ ...user, role: body.role }))
    },
  }),

  route({
    method: 'get',
    path: '/.well-known/jwks.json',
    who: 'anyone',
    summary: 'The public keys that verify tokens',
    answers: { 200: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) },
    handle: async () => ok(jwks(keys), { headers: { 'cache-control': 'public, max-age=300' } }),
  }),
]

type SigningUp = RouteRequest<unknown, unknown, z.output<typeof NewUser>, 'anyone'>

/**
 * The name is taken: by this client itself, when its first answer was lost. To try a password here counts as an attempt
 * to log in.
 */
async function again(
  keys: readonly SigningKey[],
  { db, body, ip, headers, idempotencyKey }: SigningUp,
): Promise<Answer | Refused> {
  const existing = await findByName(db.read, body.username)
  const usernameTaken = refused('username_taken', `The name ${body.username} is taken; choose another.`)
  if (!existing?.signupKey || existing.signupKey !== idempotencyKey) {
    countSignup('taken')
    return usernameTaken
  }
  const no = mayTry(await noteAttempt(db.read, existing.username, ip, loginLimits.windowMs))
  if (no) {
    countLogin('limited')
    return no
  }
  if (!(await isPassword(body.password, existing.passwordHash))) {
    countLogin('refused')
    return usernameTaken
  }
  return db.transaction(async tx => {
    await forgetAttempts(tx, existing.username, loginLimits.windowMs)
    return begin(tx, keys, existing, { ip, headers }, true)
  })
}
