import type { IncomingMessage } from 'node:http'
import type { Context } from './context.ts'
import type * as answers from './generated/answers.ts'
import { exit, Failure } from '../failure.ts'
import { pacer } from './pacing.ts'
import { open, replyOf, send, type Reply } from './request.ts'
import type { Session, SessionStore } from './session.ts'
import type { Page, Readiness, ReadinessDetails, User } from './shapes.ts'
import { trace as ours } from './trace.ts'

export type ServiceKey = 'user' | 'order' | 'inventory' | 'payment' | 'shipping'

export interface Api {
  get<T>(service: ServiceKey, path: string): Promise<T>
  /** Every page of a list, one after another. */
  pages<T>(service: ServiceKey, path: string, query: Record<string, string | undefined>): AsyncGenerator<T[]>
  /** The first `limit` items of a list. */
  list<T>(service: ServiceKey, path: string, query: Record<string, string | undefined>, limit: number): Promise<T[]>
  send<T>(
    service: ServiceKey,
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    how?: SendOptions,
  ): Promise<T>
  /** An open stream of Server-Sent Events. */
  stream(path: string, lastEventId: string | undefined, signal: AbortSignal): Promise<IncomingMessage>
  enter(how: 'signup' | 'login', username: string, password: string, newPassword?: string): Promise<User>
  /** Every session of the user ends, and a new one is kept. */
  changePassword(password: string, newPassword: string): Promise<User>
  leave(): Promise<void>
  /** How a service is, and by how much its clock differs from ours. */
  readiness(service: ServiceKey, signal: AbortSignal): Promise<Readiness & { skewMs: number }>
}

export interface SendOptions {
  idempotencyKey?: string | undefined
  /** One of many: its trace is not that of the command. */
  ownTrace?: boolean
}

/** From a proxy, it may be less. */
type Problem = Partial<answers.Problem>

/** An access token that a service did not accept, and what it answered. */
interface Refused {
  token: string
  reply: Reply
}

const refreshAheadMs = 30_000
const renewalMs = 1_000 // what is shown of a service does not wait longer for user-service

/**
 * The services, with the session of this context. A session that is about to end is renewed automatically.
 */
export function apiOf(
  context: Context,
  sessions: SessionStore,
  signal: AbortSignal,
  trace: (line: string) => void,
  /** Told how long a service lets us wait, and undefined when it goes on. */
  onWait: (ms: number | undefined) => void = () => undefined,
): Api {
  const paced = pacer(signal, onWait)
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

  /** A development token is good until its end, and nobody renews it. */
  function unrenewed({ role, accessToken, expiresAt }: Session, refused: Refused | undefined): string {
    if (refused) throw loginAgain(`The development token was refused: ${failureOf(refused.reply, 'verify it').message}`)
    if (expiresAt > Date.now()) return accessToken
    throw new Failure('The development token has ended.', {
      status: exit.notAllowed,
      code: 'not_logged_in',
      next: `mgmt dev token --role ${role} --use`,
    })
  }

  /** The access token of the session; another one than a service has refused. */
  async function token(refused?: Refused): Promise<string> {
    const session = sessions.read()
    if (!session) throw loginAgain('You are not logged in.')
    if (session.refreshToken === undefined) return unrenewed(session, refused)
    if (!refused && session.expiresAt - Date.now() > refreshAheadMs) return session.accessToken
    return sessions.alone(async () => {
      const current = sessions.read()
      if (!current) throw loginAgain('You are not logged in.')
      if (
        current.accessToken !== (refused?.token ?? session.accessToken) &&
        current.expiresAt - Date.now() > refreshAheadMs
      )
        return current.accessToken // another process has renewed it
      const reply = await send({
        method: 'POST',
        url: `${context.user}/refresh`,
        headers: { cookie: `refresh_token=${current.refreshToken}` },
        signal,
      })
      if (reply.status === 401) {
        throw loginAgain('Your session is over.')
      }
      if (reply.status !== 200) throw failureOf(reply, 'renew the session')
      return keep(sessions, reply).accessToken
    }, signal)
  }

  /** The token of the session, if there is one: what is only shown with it is left out while it cannot be renewed. */
  const tokenWithin = (limitMs: number): Promise<string | undefined> =>
    Promise.race([
      token().catch(() => undefined),
      new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), limitMs).unref()),
    ])

  /** Sends with the session, once more with a renewed one when the service rejects it. */
  async function asUser(
    service: ServiceKey,
    method: string,
    path: string,
    body?: unknown,
    { idempotencyKey, ownTrace }: SendOptions = {},
  ): Promise<Reply> {
    const attempt = async (bearer: string) => {
      const began = Date.now() // performance would be loaded for this alone
      const reply = await send({
        method,
        url: context[service] + path,
        headers: { authorization: `Bearer ${bearer}`, ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) },
        body,
        signal,
        ownTrace,
      })
      trace(
        `${method} ${context[service]}${path} -> ${reply.status} in ${Date.now() - began} ms, request ${reply.headers['x-request-id'] ?? '?'}${ownTrace ? '' : `, trace ${ours.id}`}`,
      )
      return reply
    }
    return paced(service, async () => {
      const first = await token() // after a pause it may be another
      const reply = await attempt(first)
      return reply.status === 401 ? attempt(await token({ token: first, reply })) : reply
    })
  }

  const bodyOf = <T>(reply: Reply, what: string): T => {
    if (reply.status >= 200 && reply.status < 300) return reply.body as T // the service's promise, in its openapi.json
    throw failureOf(reply, what)
  }

  async function* pages<T>(
    service: ServiceKey,
    path: string,
    query: Record<string, string | undefined>,
    limit = Infinity,
  ): AsyncGenerator<T[]> {
    for (let [left, cursor]: [number, string | null | undefined] = [limit, undefined]; left > 0 && cursor !== null;) {
      const search = new URLSearchParams({ limit: String(Math.min(500, left)), ...(cursor && { cursor }) })
      for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value)
      const page = bodyOf<Page<T>>(await asUser(service, 'GET', `${path}?${search}`), `list ${path}`)
      yield page.items
      left -= page.items.length
      cursor = page.nextCursor
    }
  }

  return {
    get: async <T>(service: ServiceKey, path: string) => bodyOf<T>(await asUser(service, 'GET', path), `read ${path}`),
    async list<T>(service: ServiceKey, path: string, query: Record<string, string | undefined>, limit: number) {
      const items: T[] = []
      for await (const page of pages<T>(service, path, query, limit)) items.push(...page)
      return items
    },
    pages,
    async send<T>(
      service: ServiceKey,
      method: 'POST' | 'PATCH' | 'DELETE',
      path: string,
      body?: unknown,
      how?: SendOptions,
    ) {
      return bodyOf<T>(await asUser(service, method, path, body, how), `${method} ${path}`)
    },
    async stream(path, lastEventId, ending) {
      const attempt = (bearer: string) =>
        paced('order', async () => {
          const answer = await open({
            method: 'GET',
            url: context.order + path,
            signal: ending,
            headers: {
              authorization: `Bearer ${bearer}`,
              accept: 'text/event-stream',
              ...(lastEventId && { 'last-event-id': lastEventId }),
            },
          })
          return answer.statusCode === 200
            ? { status: 200, headers: answer.headers, body: undefined, answer }
            : replyOf(answer)
        })
      const first = await token()
      let reply = await attempt(first)
      if (reply.status === 401) reply = await attempt(await token({ token: first, reply })) // the rights have changed, or the key
      if ('answer' in reply) return reply.answer
      throw failureOf(reply, `follow ${path}`)
    },
    async enter(how, username, password, newPassword) {
      const body = { username, password, newPassword }
      const reply = await paced('user', () => send({ method: 'POST', url: `${context.user}/${how}`, body, signal }))
      if (reply.status >= 300) throw failureOf(reply, how === 'login' ? 'log in' : 'sign up')
      try {
        keep(sessions, reply)
      } catch (error) {
        if (how === 'signup') whenNotKept(`There is an account ${username} now.`, username)(error)
        if (newPassword !== undefined) whenNotKept('The new password is good from now on.', username)(error)
        throw error
      }
      return reply.body as User // user-service's promise
    },
    async changePassword(password, newPassword) {
      const reply = await asUser('user', 'POST', '/me/password', { password, newPassword })
      const user = bodyOf<User>(reply, 'change the password')
      const kept = sessions.alone(async () => keep(sessions, reply)) // after one that is being renewed, which is over
      await kept.catch(whenNotKept('The password was changed.', user.username))
      return user
    },
    async leave() {
      const session = sessions.read()
      if (session?.refreshToken !== undefined) {
        const headers = { cookie: `refresh_token=${session.refreshToken}` }
        const reply = await paced('user', () =>
          send({ method: 'POST', url: `${context.user}/logout`, headers, signal }),
        )
        if (reply.status >= 300 && reply.status !== 401) throw failureOf(reply, 'log out') // 401: it has ended before
      }
      sessions.forget()
    },
    async readiness(service, ending) {
      const bearer = await tokenWithin(renewalMs)
      const before = Date.now()
      const { body, headers } = await send({
        method: 'GET',
        url: `${context[service]}/readyz`,
        headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
        signal: ending,
      })
      const { status, ...details } = body as Pick<Readiness, 'status'> & Partial<ReadinessDetails> // every service's promise
      return {
        status,
        ...('checks' in details && { details: details as ReadinessDetails }),
        skewMs: skewOf(headers.date, before, Date.now()),
      }
    },
  }
}

/**
 * By how much a clock that showed this between two moments is ahead of ours; 0 for less than can be known, as it shows
 * whole seconds.
 */
export function skewOf(date: string | undefined, before: number, after: number): number {
  const serverMs = Date.parse(date ?? '')
  if (Number.isNaN(serverMs) || (serverMs + 1_000 >= before && serverMs <= after)) return 0
  return serverMs > after ? serverMs - after : serverMs + 1_000 - before
}

/** Says that it was done all the same when the session that came of it cannot be kept. */
const whenNotKept =
  (done: string, username: string) =>
  (error: unknown): never => {
    if (!(error instanceof Failure) || error.code !== 'not_kept') throw error
    throw new Failure(`${done} ${error.message}`, {
      status: error.status,
      code: error.code,
      cause: error,
      next: `make room there, or set XDG_CONFIG_HOME to a folder that has some; then: mgmt login ${username}`,
    })
  }

/** Keeps the session that an answer of user-service carries in its cookies. */
function keep(sessions: SessionStore, { headers, body }: Reply): Session {
  const cookie = (name: string) =>
    (headers['set-cookie'] ?? []).map(line => new RegExp(`^${name}=([^;]+)`).exec(line)?.[1]).find(Boolean)
  const [accessToken, refreshToken] = [cookie('access_token'), cookie('refresh_token')]
  if (!accessToken || !refreshToken)
    throw new Failure('The user service answered without a session.', { code: 'no_session' })
  const { username, role } = body as User // user-service's promise
  const session = { username, role, accessToken, refreshToken, expiresAt: claimsOf(accessToken).exp * 1_000 }
  sessions.write(session)
  return session
}

/** What an access token says, which only services verify. */
export const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; exp: number }

function failureOf({ status, headers, body }: Reply, what: string): Failure {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Problem
  const requestId =
    problem.requestId ?? (typeof headers['x-request-id'] === 'string' ? headers['x-request-id'] : undefined)
  return new Failure(problem.detail ?? problem.title ?? `Could not ${what}: the service answered ${status}.`, {
    status:
      status === 401 || status === 403
        ? exit.notAllowed
        : status === 503 || status === 502 || status === 504
          ? exit.unreachable
          : exit.failed,
    code: problem.code ?? `http_${status}`,
    ...(requestId && { requestId }),
    ...(problem.errors && { errors: problem.errors }),
    isReplay: headers['idempotency-replayed'] === 'true',
    ...nextAfter(status, problem.code),
  })
}

/** What to do about a refusal that has a code of its own. */
const nextByCode: Readonly<Record<string, string>> = {
  wrong_role: 'log in as an operator: mgmt login USERNAME',
  wrong_credentials: 'type the name and the password again; without an account: mgmt signup USERNAME',
  new_password_required: 'choose one at a terminal, or with --new-password-file FILE: mgmt login USERNAME',
  not_for_one_use: 'log in without a new password, then: mgmt password change',
  password_expired: 'ask an operator for another one: mgmt users reset-password USERNAME',
  account_disabled: 'ask an operator: mgmt users enable USERNAME',
  wrong_password: 'type the password that you log in with, then the new one: mgmt password change',
  own_account: 'ask another operator; your own password: mgmt password change',
  username_taken: 'choose another name, or if it is yours: mgmt login USERNAME',
  last_operator: 'make somebody else an operator first: mgmt users set-role USERNAME operator',
  sku_taken: 'choose another sku, or change that item: mgmt items update SKU, mgmt items adjust SKU',
  not_stuck: 'see which payments are stuck: mgmt payments list --stuck',
  refund_owed: 'try it again: mgmt payments retry ORDER-ID',
  insufficient_stock: 'see what is available: mgmt items show SKU',
  idempotency_key_reused: 'repeat exactly what was sent under this key, or give another with --idempotency-key',
}

function nextAfter(status: number, code: string | undefined): { next: string } | object {
  if (code !== undefined && Object.hasOwn(nextByCode, code)) return { next: nextByCode[code] }
  if (status === 503) return { next: 'it is safe to try again in a moment; see what is unavailable: mgmt status' }
  if (status === 429) return { next: 'wait a while, then try again' }
  if (status === 404) return { next: 'list what exists: mgmt orders list, mgmt items list' }
  if (status === 409 && code?.startsWith('already_'))
    return { next: 'see how it went on with: mgmt orders trace ORDER-ID' }
  if (status === 413 || status === 422) return { next: 'mend these values, then repeat the command' }
  if (status >= 500) return { next: 'see the log of the service; see what is unavailable: mgmt doctor' }
  return { next: 'see whether mgmt and the services are of one version with: mgmt doctor' }
}
