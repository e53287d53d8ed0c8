import { z } from 'zod'
import { refused } from '@docket/chassis/refused.ts'
import { noContent, ok, route, type Route } from '@docket/chassis/http/route.ts'
import { NotLoggedIn } from '@docket/chassis/http/errors.ts'
import { derivedSecret, type SigningKey } from './keys.ts'
import { isPassword } from './passwords.ts'
import { countLogin } from './session.metrics.ts'
import { refresh } from './session.ts'
import { begin, end, shown } from './session.steps.ts'
import { isLive, liveSessions, lockByRefreshHash, rotate } from './session.store.ts'
import { accessToken, hashOf, nextRefreshToken, noCookies, sessionCookies } from './tokens.ts'
import { loginLimits, mayTry } from './user.ts'
import { Credentials, Id, Session, Sessions, User } from './user.shapes.ts'
import { findById, findByName, forgetAttempts, noteAttempt } from './user.store.ts'

export function routes(keys: readonly SigningKey[]): Route[] {
  const secret = derivedSecret(keys, 'refresh tokens')
  return [
    route({
      method: 'post',
      path: '/login',
      who: 'anyone',
      isHeavy: true, // a password is hashed
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
        const token = cookies.refresh_token
        const session = token ? await lockByRefreshHash(tx, hashOf(token)) : undefined
        if (!token || !session) return sessionOver
        const good = refresh(session, hashOf(token), session.now)
        if (good === 'stolen') {
          log.warn(
            { userId: session.userId, sessionId: session.id },
            'a used-up refresh token was presented; its session ends',
          )
          await end(tx, session.id, session.userId)
        }
        const user = await findById(tx, session.userId)
        if (good === 'stolen' || good === 'over' || !user) return sessionOver
        const next = nextRefreshToken(secret, token)
        if (good === 'rotate') await rotate(tx, session, hashOf(next))
        return ok(shown(user), { cookies: sessionCookies(accessToken(keys, user, session.id), next) })
      },
    }),

    route({
      method: 'post',
      path: '/logout',
      who: 'anyone',
      summary: 'End the session',
      answers: { 204: undefined },
      idempotency: 'own',
      async handle({ tx, user, cookies }) {
        const session = cookies.refresh_token ? await lockByRefreshHash(tx, hashOf(cookies.refresh_token)) : undefined
        if (session) await end(tx, session.id, session.userId)
        else if (user) await end(tx, user.sessionId, user.id)
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
        (await end(tx, params.id, user.id))
          ? noContent()
          : refused('not_found', 'There is no such session that lives.'),
    }),
  ]
}

const sessionOver = refused('session_over', 'The session is over or was never there; log in again.')
