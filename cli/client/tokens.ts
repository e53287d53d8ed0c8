import type { Context } from './context.ts'
import { exit, Failure } from '../failure.ts'
import { failureOf } from './problem.ts'
import { send, type Reply } from './request.ts'
import type { Session, SessionStore } from './session.ts'
import type { User } from './shapes.ts'

interface Refused {
  token: string
  reply: Reply
}

const refreshAheadMs = 30_000

/** A session that is about to expire is renewed, so that no command fails midway. */
export function tokensOf(context: Context, sessions: SessionStore, signal: AbortSignal) {
  const loginAgain = (why: string) =>
    new Failure(why, {
      status: exit.notAllowed,
      code: 'not_logged_in',
      next: `mgmt login ${renewable()?.username ?? 'USERNAME'}${context.name.startsWith('local') ? '' : ` --context ${context.name}`}`,
    })
  const renewable = () => {
    const session = sessions.read()
    return session?.refreshToken === undefined ? undefined : session
  }

  /** A development token cannot be renewed. */
  function unrenewed({ role, accessToken, expiresAt }: Session, refused: Refused | undefined): string {
    if (refused) throw loginAgain(`The development token was refused: ${failureOf(refused.reply, 'verify it').message}`)
    if (expiresAt > Date.now()) return accessToken
    throw new Failure('The development token has ended.', {
      status: exit.notAllowed,
      code: 'not_logged_in',
      next: `mgmt dev token --role ${role} --use`,
    })
  }

  /** Never returns a token that a service has already refused. */
  async function current(refused?: Refused): Promise<string> {
    const session = sessions.read()
    if (!session) throw loginAgain('You are not logged in.')
    if (session.refreshToken === undefined) return unrenewed(session, refused)
    if (!refused && session.expiresAt - Date.now() > refreshAheadMs) return session.accessToken
    return sessions.alone(async () => {
      const kept = sessions.read()
      if (!kept) throw loginAgain('You are not logged in.')
      if (kept.accessToken !== (refused?.token ?? session.accessToken) && kept.expiresAt - Date.now() > refreshAheadMs)
        return kept.accessToken // another process has renewed it meanwhile
      const reply = await send({
        method: 'POST',
        service: 'user-service',
        url: `${context.user}/refresh`,
        headers: { cookie: `refresh_token=${kept.refreshToken}` },
        signal,
      })
      if (reply.status === 401) {
        throw loginAgain('Your session is over.')
      }
      if (reply.status !== 200) throw failureOf(reply, 'renew the session')
      return keep(sessions, reply).accessToken
    }, signal)
  }

  return {
    /** Retries once with a renewed token, because the rights or the key may have changed. */
    async renewing<R extends Reply>(attempt: (token: string) => Promise<R>): Promise<R> {
      const first = await current()
      const reply = await attempt(first)
      return reply.status === 401 ? attempt(await current({ token: first, reply })) : reply
    },
    /** Undefined without a token: whatever needs one is left out while it cannot be renewed. */
    within: (limitMs: number): Promise<string | undefined> =>
      Promise.race([
        current().catch(() => undefined),
        new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), limitMs).unref()),
      ]),
  }
}

export type Tokens = ReturnType<typeof tokensOf>

/** user-service sends the tokens as cookies. */
export function keep(sessions: SessionStore, { headers, body }: Reply): Session {
  const cookie = (name: string) =>
    (headers['set-cookie'] ?? []).map(line => new RegExp(`^${name}=([^;]+)`).exec(line)?.[1]).find(Boolean)
  const [accessToken, refreshToken] = [cookie('access_token'), cookie('refresh_token')]
  if (!accessToken || !refreshToken)
    throw new Failure('The user service answered without a session.', { code: 'no_session' })
  const { username, role } = body as User // as user-service promises
  const session = { username, role, accessToken, refreshToken, expiresAt: claimsOf(accessToken).exp * 1_000 }
  sessions.write(session)
  return session
}

/** Not verified here, as only services can do that. */
export const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; exp: number }
