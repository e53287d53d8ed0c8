import type { IncomingMessage } from 'node:http'
import type { Context } from './context.ts'
import { Failure } from '../failure.ts'
import { pacer } from './pacing.ts'
import { failureOf } from './problem.ts'
import { open, replyOf, send, type Reply } from './request.ts'
import type { SessionStore } from './session.ts'
import type { Body, PostLogin, Query } from './generated/requests.ts'
import type { Page, Readiness, ReadinessDetails, User } from './shapes.ts'
import { keep, tokensOf, type Tokens } from './tokens.ts'
import { trace as ours } from './trace.ts'

export type ServiceKey = 'user' | 'order' | 'inventory' | 'payment' | 'shipping'

export interface Api {
  get<T>(service: ServiceKey, path: string): Promise<T>
  pages<T>(service: ServiceKey, path: string, query: Query): AsyncGenerator<T[]>
  list<T>(service: ServiceKey, path: string, query: Query, limit: number): Promise<T[]>
  send<T>(
    service: ServiceKey,
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: Body,
    how?: SendOptions,
  ): Promise<T>
  stream(path: string, lastEventId: string | undefined, signal: AbortSignal): Promise<IncomingMessage>
  enter(how: 'signup' | 'login', username: string, password: string, newPassword?: string): Promise<User>
  changePassword(password: string, newPassword: string): Promise<User>
  leave(): Promise<void>
  readiness(service: ServiceKey, signal: AbortSignal): Promise<Readiness & { skewMs: number }>
}

export interface SendOptions {
  idempotencyKey?: string | undefined
  /** One of many requests, so it does not belong to the command's trace. */
  ownTrace?: boolean
}

const userService = 'user-service'
const renewalMs = 1_000 // to show a service's state, user-service is not waited for any longer

interface Line {
  context: Context
  sessions: SessionStore
  signal: AbortSignal
  tokens: Tokens
  paced: ReturnType<typeof pacer>
  trace(line: string): void
}

/** A session that is about to expire is renewed, so that no command fails midway. */
export function apiOf(
  context: Context,
  sessions: SessionStore,
  signal: AbortSignal,
  trace: (line: string) => void,
  /** Told how long a service lets us wait, and undefined when it goes on. */
  onWait: (ms: number | undefined) => void = () => undefined,
): Api {
  const tokens = tokensOf(context, sessions, signal)
  const line: Line = { context, sessions, signal, tokens, paced: pacer(signal, onWait), trace }
  const asUser = sender(line)
  return {
    ...verbsOf(asUser),
    ...accountOf(line, asUser),
    stream: (path, lastEventId, ending) => openStream(line, path, lastEventId, ending),
    readiness: (service, ending) => readinessOf(line, service, ending),
  }
}

type Send = (service: ServiceKey, method: string, path: string, body?: Body, how?: SendOptions) => Promise<Reply>

/** Retries once with a renewed session, because rights or keys may have changed. */
const sender =
  ({ context, signal, tokens, paced, trace }: Line): Send =>
  (service, method, path, body, { idempotencyKey, ownTrace } = {}) => {
    const attempt = async (bearer: string) => {
      const began = Date.now() // `performance` would have to be loaded for this alone
      const reply = await send({
        method,
        service: `${service}-service`,
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
    return paced(service, () => tokens.renewing(attempt)) // after a pause, another token may be current
  }

const bodyOf = <T>(reply: Reply, what: string): T => {
  if (reply.status >= 200 && reply.status < 300) return reply.body as T // as the service's openapi.json promises
  throw failureOf(reply, what)
}

function verbsOf(asUser: Send): Pick<Api, 'get' | 'list' | 'pages' | 'send'> {
  async function* pages<T>(service: ServiceKey, path: string, query: Query, limit = Infinity): AsyncGenerator<T[]> {
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
    async list<T>(service: ServiceKey, path: string, query: Query, limit: number) {
      const items: T[] = []
      for await (const page of pages<T>(service, path, query, limit)) items.push(...page)
      return items
    },
    pages,
    async send<T>(
      service: ServiceKey,
      method: 'POST' | 'PATCH' | 'DELETE',
      path: string,
      body?: Body,
      how?: SendOptions,
    ) {
      return bodyOf<T>(await asUser(service, method, path, body, how), `${method} ${path}`)
    },
  }
}

async function openStream(
  { context, tokens, paced }: Line,
  path: string,
  lastEventId: string | undefined,
  ending: AbortSignal,
): Promise<IncomingMessage> {
  const attempt = (bearer: string) =>
    paced('order', async () => {
      const answer = await open({
        method: 'GET',
        service: 'order-service',
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
  const reply = await tokens.renewing(attempt)
  if ('answer' in reply) return reply.answer
  throw failureOf(reply, `follow ${path}`)
}

function accountOf(
  { context, sessions, signal, paced }: Line,
  asUser: Send,
): Pick<Api, 'enter' | 'changePassword' | 'leave'> {
  return {
    async enter(how, username, password, newPassword) {
      const body: PostLogin = { username, password, ...(newPassword !== undefined && { newPassword }) }
      const reply = await paced('user', () =>
        send({ method: 'POST', service: userService, url: `${context.user}/${how}`, body, signal }),
      )
      if (reply.status >= 300) throw failureOf(reply, how === 'login' ? 'log in' : 'sign up')
      try {
        keep(sessions, reply)
      } catch (error) {
        if (how === 'signup') whenNotKept(`There is an account ${username} now.`, username)(error)
        if (newPassword !== undefined) whenNotKept('The new password is good from now on.', username)(error)
        throw error
      }
      return reply.body as User // as user-service promises
    },
    async changePassword(password, newPassword) {
      const reply = await asUser('user', 'POST', '/me/password', { password, newPassword })
      const user = bodyOf<User>(reply, 'change the password')
      const kept = sessions.alone(async () => keep(sessions, reply)) // after a renewal under way, whose session ends
      await kept.catch(whenNotKept('The password was changed.', user.username))
      return user
    },
    async leave() {
      const session = sessions.read()
      if (session?.refreshToken !== undefined) {
        const headers = { cookie: `refresh_token=${session.refreshToken}` }
        const reply = await paced('user', () =>
          send({ method: 'POST', service: userService, url: `${context.user}/logout`, headers, signal }),
        )
        if (reply.status >= 300 && reply.status !== 401) throw failureOf(reply, 'log out') // 401: it had ended before
      }
      sessions.forget()
    },
  }
}

async function readinessOf(
  { context, tokens }: Line,
  service: ServiceKey,
  ending: AbortSignal,
): ReturnType<Api['readiness']> {
  const bearer = await tokens.within(renewalMs)
  const before = Date.now()
  const { body, headers } = await send({
    method: 'GET',
    service: `${service}-service`,
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
}

/** The Date header has whole seconds, so a skew that could be rounding counts as 0. */
export function skewOf(date: string | undefined, before: number, after: number): number {
  const serverMs = Date.parse(date ?? '')
  if (Number.isNaN(serverMs) || (serverMs + 1_000 >= before && serverMs <= after)) return 0
  return serverMs > after ? serverMs - after : serverMs + 1_000 - before
}

/** The request has been done even if the resulting session cannot be stored, so the error says so. */
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
