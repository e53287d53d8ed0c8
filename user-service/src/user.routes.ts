import { z } from 'zod'
import { newId } from '@docket/chassis/id.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import { ReasonBody } from '@docket/chassis/http/reason.ts'
import { deadLettersRoute } from '@docket/chassis/http/dead-letters.ts'
import { pageOf } from '@docket/chassis/http/list.ts'
import { ok, route, weightOfPage, type Answer, type RouteRequest, type Route } from '@docket/chassis/http/route.ts'
import { addressHashes } from './address-hashes.ts'
import { areObserversKnown, publishAbout, roleChanged } from './events.steps.ts'
import { jwks, type SigningKey } from './keys.ts'
import { enter, tryPassword } from './login.steps.ts'
import { expectGood } from './new-passwords.ts'
import { hashPassword, oneUsePassword } from './passwords.ts'
import { countSignup } from './session.metrics.ts'
import { begin, end, shown } from './session.steps.ts'
import {
  mayBeAssigned,
  mayBecome,
  mayBeDisabled,
  mayBeReset,
  mayEnter,
  maySignUp,
  oneUseMs,
  type User as DomainUser,
} from './user.ts'
import {
  Account,
  AccountPage,
  Id,
  NewUser,
  OneUsePassword,
  PasswordChange,
  RoleChange,
  User,
  UserQuery,
} from './user.shapes.ts'
import { lockManaged, setPassword } from './user.steps.ts'
import {
  findByName,
  forgetAllAttempts,
  insertUser,
  listUsers,
  noteSignup,
  saveDisabled,
  saveEnabled,
  saveRole,
} from './user.store.ts'

export const routes = (keys: readonly SigningKey[]): Route[] => [
  deadLettersRoute,
  signup(keys),
  list,
  setRole,
  disable,
  enable,
  unlock,
  resetPassword,
  changePassword(keys),
  publicKeys(keys),
]

const signup = (keys: readonly SigningKey[]) =>
  route({
    method: 'post',
    path: '/signup',
    who: 'anyone',
    isHeavy: true, // hashes a password
    summary: 'Become a customer, and log in',
    body: NewUser,
    answers: { 201: User },
    refusals: { username_taken: 409, too_many_requests: 429 },
    idempotency: 'own',
    manual: true, // hashes a password: not inside a transaction, and no trace of it may be kept
    async handle(request) {
      const { db, body, ip, headers, idempotencyKey, traceparent, log } = request
      const no = maySignUp(await noteSignup(db.read, addressHashes(keys, ip))) // before the password is hashed
      if (no) {
        countSignup('limited')
        return no
      }
      await expectGood(body.username, body.password, 'password')
      const passwordHash = await hashPassword(body.password)
      const user: DomainUser = { id: newId(), username: body.username, role: 'customer', ...asNew }
      const answer = await db.transaction(async tx => {
        if (!(await insertUser(tx, { ...user, passwordHash, signupKey: idempotencyKey }))) return undefined
        await publish(tx, [
          {
            type: 'user.signed_up',
            key: user.id,
            sequence: 1,
            data: { userId: user.id, username: user.username, role: 'customer' },
          },
        ])
        return begin(tx, keys, user, { ip, headers }, true)
      }, traceparent)
      if (!answer) return again(keys, request)
      countSignup('succeeded')
      log.info({ userId: user.id }, 'signed up')
      return answer
    },
  })

const list = route({
  method: 'get',
  path: '/users',
  who: 'operator',
  summary: 'List users, by name',
  query: UserQuery,
  weight: weightOfPage,
  answers: { 200: AccountPage },
  async handle({ tx, query: { cursor, limit, search, username } }) {
    const filter = { search: search?.toLowerCase(), username: username?.toLowerCase() }
    const rows = await listUsers(tx, { ...filter, after: cursor, limit: limit + 1 })
    const { page, nextCursor } = pageOf(rows, limit, ({ username: last }) => last)
    return ok({ items: page.map(account), nextCursor })
  },
})

const setRole = route({
  method: 'patch',
  path: '/users/:id',
  who: 'operator',
  summary: 'Make a user an operator, an observer, or a customer again',
  params: Id,
  body: RoleChange,
  answers: { 200: Account },
  refusals: { not_found: 404, wrong_role: 403, own_account: 409, last_operator: 409, not_known_yet: 409 },
  async handle({ tx, params, body, user: operator, audit }) {
    const managed = await lockManaged(
      tx,
      params.id,
      operator,
      (user, acting) => mayBeAssigned(body.role, areObserversKnown()) ?? mayBecome(user, body.role, acting),
    )
    if (isRefused(managed)) return managed
    const { user, by } = managed
    if (user.role === body.role) return ok(account(user))
    const changed = await saveRole(tx, user, body.role)
    await publishAbout(tx, user.id, [roleChanged(user, changed, by)])
    const detail = `${user.username}: ${user.role} -> ${body.role}`
    await audit({ act: 'user.role_changed', on: userOf(user), reason: body.reason, detail })
    return ok(account(changed))
  },
})

const disable = route({
  method: 'post',
  path: '/users/:id/disable',
  who: 'operator',
  summary: 'Let a user log in no more: every session ends',
  params: Id,
  body: ReasonBody,
  answers: { 200: Account },
  refusals: { not_found: 404, wrong_role: 403, own_account: 409, last_operator: 409 },
  async handle({ tx, params, body: { reason }, user: operator, audit }) {
    const managed = await lockManaged(tx, params.id, operator, mayBeDisabled)
    if (isRefused(managed)) return managed
    const { user, by } = managed
    if (user.disabledAt !== null) return ok(account(user))
    const disabled = await saveDisabled(tx, user)
    await end(tx, user, 'disabled')
    const { id: userId, username, rightsVersion } = disabled
    await publishAbout(tx, userId, [
      { type: 'user.disabled', data: { userId, username, rightsVersion, disabledBy: by } },
    ])
    await audit({ act: 'user.disabled', on: userOf(user), reason, detail: username })
    return ok(account(disabled))
  },
})

const enable = route({
  method: 'post',
  path: '/users/:id/enable',
  who: 'operator',
  summary: 'Let a user log in again',
  params: Id,
  body: ReasonBody,
  answers: { 200: Account },
  refusals: { not_found: 404, wrong_role: 403 },
  async handle({ tx, params, body: { reason }, user: operator, audit }) {
    const managed = await lockManaged(tx, params.id, operator)
    if (isRefused(managed)) return managed
    const { user, by } = managed
    if (user.disabledAt === null) return ok(account(user))
    const enabled = await saveEnabled(tx, user)
    const { id: userId, username, rightsVersion } = enabled
    await publishAbout(tx, userId, [{ type: 'user.enabled', data: { userId, username, rightsVersion, enabledBy: by } }])
    await audit({ act: 'user.enabled', on: userOf(user), reason, detail: username })
    return ok(account(enabled))
  },
})

const unlock = route({
  method: 'post',
  path: '/users/:id/unlock',
  who: 'operator',
  summary: 'Forget the attempts to log in as a user that have failed',
  params: Id,
  body: ReasonBody,
  answers: { 200: Account },
  refusals: { not_found: 404, wrong_role: 403 },
  async handle({ tx, params, body: { reason }, user: operator, audit }) {
    const managed = await lockManaged(tx, params.id, operator)
    if (isRefused(managed)) return managed
    const { username } = managed.user
    await forgetAllAttempts(tx, username)
    await audit({ act: 'user.unlocked', on: userOf(managed.user), reason, detail: username })
    return ok(account(managed.user))
  },
})

const resetPassword = route({
  method: 'post',
  path: '/users/:id/reset-password',
  who: 'operator',
  summary: 'Give a user a password for one use: to choose another. Every session ends',
  isHeavy: true, // hashes a password
  params: Id,
  body: ReasonBody,
  answers: { 200: OneUsePassword },
  refusals: { not_found: 404, wrong_role: 403, own_account: 409 },
  idempotency: 'own', // a response with a password must not be kept
  manual: true,
  async handle({ db, params, body: { reason }, user: operator, traceparent, log, audit }) {
    const password = oneUsePassword()
    const passwordHash = await hashPassword(password)
    return db.transaction(async tx => {
      const managed = await lockManaged(tx, params.id, operator, mayBeReset)
      if (isRefused(managed)) return managed
      const { user, by } = managed
      await setPassword(tx, user, passwordHash, { by, isForOneUse: true })
      await audit({ act: 'user.password_reset', on: userOf(user), reason, detail: user.username }, tx)
      tx.afterCommit(() => log.info({ userId: user.id, by }, 'issued a one-time password'))
      return ok({ ...account(user), password, hours: oneUseMs / 3_600_000 })
    }, traceparent)
  },
})

const userOf = ({ id }: { id: string }) => ({ kind: 'user', id })

const changePassword = (keys: readonly SigningKey[]) =>
  route({
    method: 'post',
    path: '/me/password',
    who: 'user',
    summary: "Change one's own password: every session ends, and a new one begins",
    isHeavy: true, // hashes passwords
    body: PasswordChange,
    answers: { 200: User },
    refusals: { wrong_password: 403, too_many_requests: 429 },
    idempotency: 'own',
    manual: true,
    async handle({ db, body, user: caller, ip, headers, traceparent }) {
      await expectGood(caller.username, body.newPassword, 'newPassword', body.password)
      const found = await tryPassword({ db, keys, ip }, caller.username, body.password)
      // not 401, because the session is valid
      if (isRefused(found)) return found.refused === 'wrong_credentials' ? wrongPassword : found
      const newHash = await hashPassword(body.newPassword)
      const answer = await db.transaction(tx => enter(tx, keys, found, { ip, headers }, { newHash }), traceparent)
      return isRefused(answer) ? wrongPassword : answer
    },
  })

const publicKeys = (keys: readonly SigningKey[]) =>
  route({
    method: 'get',
    path: '/.well-known/jwks.json',
    who: 'anyone',
    summary: 'The public keys that verify tokens',
    answers: { 200: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) },
    handle: async () => ok(jwks(keys), { headers: { 'cache-control': 'public, max-age=300' } }),
  })
type SigningUp = RouteRequest<unknown, unknown, z.output<typeof NewUser>, 'anyone'>

/**
 * The name is taken, perhaps by this client itself if its first response was lost. Checking a password here counts as a
 * login attempt, so that sign-up cannot be used to guess it.
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
  const found = await tryPassword({ db, keys, ip }, existing.username, body.password)
  if (isRefused(found)) return found.refused === 'wrong_credentials' ? usernameTaken : found
  if (mayEnter(found, { isChanging: false, now: found.now })) return usernameTaken
  const answer = await db.transaction(tx => enter(tx, keys, found, { ip, headers }, { isNew: true }))
  return isRefused(answer) ? usernameTaken : answer
}

const asNew = { version: 1, rightsVersion: 1, disabledAt: null }

const wrongPassword = refused('wrong_password', 'The current password is wrong.')

const account = (user: DomainUser) => ({ ...shown(user), disabled: user.disabledAt !== null })
