import type { z } from 'zod'
import type { Tx } from '@docket/chassis/database/database.ts'
import { refused } from '@docket/chassis/refused.ts'
import { noContent, ok, route, type Route } from '@docket/chassis/http/route.ts'
import { NotLoggedIn } from '@docket/chassis/http/errors.ts'
import type { SigningKey } from './keys.ts'
import { isPassword } from './passwords.ts'
import { countLogin } from './session.metrics.ts'
import type { EndReason } from './session.ts'
import { begin, end, endStolen, lockPresented, next, shown } from './session.steps.ts'
import { isLive, liveSessions, reusedSessions } from './session.store.ts'
import { accessToken, noCookies, sessionCookies } from './tokens.ts'
import { loginLimits, mayTry } from './user.ts'
import { Credentials, Id, ReusedSessions, Session, Sessions, User } from './user.shapes.ts'
import { findById, findByName, forgetAttempts, lockUser, noteAttempt } from './user.store.ts'

export function routes(keys: readonly SigningKey[]): Route[] {
  return [
    route({
      method: 'post',
      path: '/login',
      who: 'anyone',
      summary: 'Log in with name and password',
      body: Credentials,
      answers: { 200: User },
      refusals: { wrong_credentials: 401, too_many_requests: 429 },
      idempotency: 'own',
      manual: true,
      async handle({ db, body, ip, headers }) {
        // before the password is looked at
        const no = mayTry(await noteAttempt(db.read, body.username, ip, loginLimits.windowMs))
        if (no) {
          countLogin('limited')
          return no
        }
        const user = await findByName(db.read, body.username)
        if (!(await isPassword(body.password, user?.passwordHash)) || !user) {
          countLogin('refused')
          return refused('wrong_credentials', 'The username or the password is wrong.')
        }
        return db.transaction(async tx => {
          await forgetAttempts(tx, user.username, loginLimits.windowMs)
          tx.afterCommit(() => countLogin('succeeded'))
          return begin(tx, keys, user, { ip, headers })
        })
      },
    }),

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
    }),

    route({
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
        else if (user) await endOwn(tx, user, 'logout', user.sessionId)
        return noContent({ cookies: noCookies })
      },
    }),

    route({
      method: 'get',
      path: '/me',
      who: 'user',
      summary: 'Who is logged in',
      answers: { 200: User },
      async handle({ tx, user }) {
        const found = (await isLive(tx, user.sessionId)) ? await findById(tx, user.id) : undefined
        if (!found) throw new NotLoggedIn('The session has ended; log in again.')
        return ok(shown(found))
      },
    }),

    route({
      method: 'get',
      path: '/sessions',
      who: 'user',
      summary: "One's own sessions that live",
      answers: { 200: Sessions },
      async handle({ tx, user }) {
        const sessions = await liveSessions(tx, user.id)
        return ok({
          items: sessions.map(
            one =>
              ({
                ...one,
                createdAt: one.createdAt.toISOString(),
                lastUsedAt: one.lastUsedAt.toISOString(),
                current: one.id === user.sessionId,
              }) satisfies z.output<typeof Session>,
          ),
          nextCursor: null,
        })
      },
    }),

    route({
      method: 'delete',
      path: '/sessions/:id',
      who: 'user',
      summary: "End one of one's own sessions",
      params: Id,
      answers: { 204: undefined },
      refusals: { not_found: 404 },
      handle: async ({ tx, params, user }) =>
        (await endOwn(tx, user, 'revoked', params.id))
          ? noContent()
          : refused('not_found', 'There is no such session that lives.'),
    }),

    route({
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
    }),
  ]
}

/** One of one's own, by the access token. */
async function endOwn(tx: Tx, { id }: { id: string }, reason: EndReason, sessionId: string): Promise<boolean> {
  const user = await lockUser(tx, id)
  return user !== undefined && end(tx, user, reason, sessionId)
}

const sessionOver = refused('session_over', 'The session is over or was never there; log in again.')
