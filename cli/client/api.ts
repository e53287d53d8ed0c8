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
  /** Every page of a list, one after another. */
  pages<T>(service: ServiceKey, path: string, query: Query): AsyncGenerator<T[]>
  /** The first `limit` items of a list. */
  list<T>(service: ServiceKey, path: string, query: Query, limit: number): Promise<T[]>
  send<T>(
    service: ServiceKey,
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: Body,
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

const renewalMs = 1_000 // what is shown of a service does not wait longer for user-service

/** What requests go out with. */
interface Line {
  context: Context
  sessions: SessionStore
  signal: AbortSignal
  tokens: Tokens
  /** Waits for as long as a service asks for. */
  paced: ReturnType<typeof pacer>
  trace(line: string): void
}

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

/** Sends with the session, once more with a renewed one when the service rejects it. */
const sender =
  ({ context, signal, tokens, paced, trace }: Line): Send =>
  (service, method, path, body, { idempotencyKey, ownTrace } = {}) => {
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
    return paced(service, () => tokens.renewing(attempt)) // after a pause the token may be another
  }

const bodyOf = <T>(reply: Reply, what: string): T => {
  if (reply.status >= 200 && reply.status < 300) return reply.body as T // the service's promise, in its openapi.json
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

/** What begins, changes and ends the session that is kept. */
function accountOf(
  { context, sessions, signal, paced }: Line,
  asUser: Send,
): Pick<Api, 'enter' | 'changePassword' | 'leave'> {
  return {
    async enter(how, username, password, newPassword) {
      const body: PostLogin = { username, password, ...(newPassword !== undefined && { newPassword }) }
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
