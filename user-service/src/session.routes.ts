import type { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused } from '@docket/chassis/refused.ts'
import { noContent, ok, route, type Route } from '@docket/chassis/http/route.ts'
import type { SigningKey } from './keys.ts'
import { enter, tryPassword } from './login.steps.ts'
import { expectGood } from './new-passwords.ts'
import { hashPassword } from './passwords.ts'
import type { EndReason } from './session.ts'
import { countLogin } from './session.metrics.ts'
import { end, endStolen, lockPresented, next, shown } from './session.steps.ts'
import { liveSessions, reusedSessions } from './session.store.ts'
import { accessToken, noCookies, sessionCookies } from './tokens.ts'
import { mayEnter } from './user.ts'
import { Credentials, Id, ReasonQuery, ReusedSessions, SessionOfUser, Sessions, User } from './user.shapes.ts'
import { lockUser } from './user.store.ts'

export const routes = (keys: readonly SigningKey[]): Route[] => [
  login(keys),
  refresh(keys),
  logout,
  me,
  ownSessions,
  endOwnSession,
  sessionsOfUser,
  endSessionOfUser,
  sessionsEndedForReuse,
]

const login = (keys: readonly SigningKey[]) =>
  route({
    method: 'post',
    path: '/login',
    who: 'anyone',
    isHeavy: true, // hashes a password
    summary: 'Log in with name and password',
    body: Credentials,
    answers: { 200: User },
    refusals: {
      wrong_credentials: 401,
      account_disabled: 403,
      new_password_required: 403,
      password_expired: 403,
      not_for_one_use: 409,
      too_many_requests: 429,
    },
    idempotency: 'own',
    manual: true,
    async handle({ db, body: { username, password, newPassword }, ip, headers, traceparent }) {
      const user = await tryPassword({ db, keys, ip }, username, password)
      if (isRefused(user)) return user
      const no = mayEnter(user, { isChanging: newPassword !== undefined, now: user.now })
      if (no) return no
      if (newPassword !== undefined) await expectGood(username, newPassword, 'newPassword', password)
      const newHash = newPassword === undefined ? undefined : await hashPassword(newPassword)
      const answer = await db.transaction(tx => enter(tx, keys, user, { ip, headers }, { newHash }), traceparent)
      if (!isRefused(answer)) countLogin('succeeded')
      return answer
    },
  })

const refresh = (keys: readonly SigningKey[]) =>
  route({
    method: 'post',
    path: '/refresh',
    who: 'anyone',
    summary: 'Exchange the refresh token in the cookie for new tokens',
    answers: { 200: User },
    refusals: { session_over: 401 },
    idempotency: 'own',
    async handle({ tx, cookies, log }) {
      const presented = await lockPresented(tx, cookies.refresh_token)
      if (presented?.good === 'stolen') await endStolen(tx, presented, log)
      const token = presented && (await next(tx, keys, presented))
      if (!presented || token === undefined) return sessionOver
      const { user, session } = presented
      return ok(shown(user), { cookies: sessionCookies(accessToken(keys, user, session.id), token) })
    },
  })

const logout = route({
  method: 'post',
  path: '/logout',
  who: 'anyone',
  summary: 'End the session',
  answers: { 204: undefined },
  idempotency: 'own',
  async handle({ tx, user, cookies, log }) {
    const presented = await lockPresented(tx, cookies.refresh_token)
    if (presented?.good === 'stolen') await endStolen(tx, presented, log)
    else if (presented && presented.good !== 'over') await end(tx, presented.user, 'logout', presented.session.id)
    else if (user) await endOne(tx, user, 'logout', user.sessionId)
    return noContent({ cookies: noCookies })
  },
})

const me = route({
  method: 'get',
  path: '/me',
  who: 'user',
  summary: 'Who is logged in',
  answers: { 200: User },
  handle: async ({ user }) => ok(shown(user)),
})

const ownSessions = route({
  method: 'get',
  path: '/sessions',
  who: 'user',
  summary: "One's own sessions that live",
  answers: { 200: Sessions },
  handle: async ({ tx, user }) => ok(await sessionsOf(tx, user.id, user.sessionId)),
})

const endOwnSession = route({
  method: 'delete',
  path: '/sessions/:id',
  who: 'user',
  summary: "End one of one's own sessions",
  params: Id,
  answers: { 204: undefined },
  refusals: { not_found: 404 },
  handle: async ({ tx, params, user }) =>
    (await endOne(tx, user, 'revoked', params.id)) ? noContent() : noSuchSession,
})

const sessionsOfUser = route({
  method: 'get',
  path: '/users/:id/sessions',
  who: 'operator',
  summary: 'The sessions of a user that live',
  params: Id,
  answers: { 200: Sessions },
  handle: async ({ tx, params, user }) => ok(await sessionsOf(tx, params.id, user.sessionId)),
})

const endSessionOfUser = route({
  method: 'delete',
  path: '/users/:id/sessions/:sessionId',
  who: 'operator',
  summary: 'End a session of a user',
  params: SessionOfUser,
  query: ReasonQuery,
  answers: { 204: undefined },
  refusals: { not_found: 404 },
  async handle({ tx, params, query: { reason }, user, audit }) {
    const owner = await lockUser(tx, params.id)
    if (!owner || !(await end(tx, owner, 'revoked', params.sessionId))) return noSuchSession
    const on = { kind: 'session', id: params.sessionId }
    if (owner.id !== user.id) await audit({ act: 'session.revoked', on, reason, detail: owner.username })
    return noContent()
  },
})

const sessionsEndedForReuse = route({
  method: 'get',
  path: '/sessions/ended-for-reuse',
  who: 'operator',
  summary: 'Sessions that ended within a day because a refresh token of theirs was used again: it was stolen',
  answers: { 200: ReusedSessions },
  handle: async ({ tx }) =>
    ok({
      items: (await reusedSessions(tx)).map(one => ({ ...one, endedAt: one.endedAt.toISOString() })),
      nextCursor: null,
    }),
})
const noSuchSession = refused('not_found', 'There is no such active session.')

async function endOne(tx: Tx, { id }: { id: string }, reason: EndReason, sessionId: string): Promise<boolean> {
  const user = await lockUser(tx, id)
  return user !== undefined && end(tx, user, reason, sessionId)
}

const sessionsOf = async (tx: Tx, userId: string, currentId: string): Promise<z.output<typeof Sessions>> => ({
  items: (await liveSessions(tx, userId)).map(one => ({
    ...one,
    createdAt: one.createdAt.toISOString(),
    lastUsedAt: one.lastUsedAt.toISOString(),
    current: one.id === currentId,
  })),
  nextCursor: null,
})

const sessionOver = refused('session_over', 'The session has ended or never existed; log in again.')
