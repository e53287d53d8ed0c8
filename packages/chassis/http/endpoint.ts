import type { Request } from 'express'
import type { Authenticator } from './auth.ts'
import { groupCommit, type GroupLimits, type Write } from './group-commit.ts'
import { sendAnswer } from './answer.ts'
import { TooManyRequests, type CallerAccounts } from './caller-limits.ts'
import { HandledRequest, type NotedResponse, type RequestScope } from './request.ts'
import { parsed, parsedBody, readJson, readQuery, refuseUnknown, withoutNul } from './body.ts'
import { sendStream } from './event-stream.ts'
import { signedBody } from './signed-request.ts'
import { answerIn, fingerprintOf, NotKept, handleOnce, readKey, scopeOf, type Outcome } from './idempotency.ts'
import { HttpError, NotLoggedIn, problemAnswer, Unavailable, type ProblemContext } from './errors.ts'
import { isRefused, type Refused } from '../refused.ts'
import { refuseOtherSites } from './same-site.ts'
import { callers, type Answer, type Route, type StreamEvent, type User, type Who } from './route.ts'
import type { StreamCallers } from './stream-callers.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface EndpointContext extends RequestScope {
  authenticate: Authenticator
  confirms?: ((user: User) => Promise<boolean>) | undefined
  heartbeatMs: number
  groups: GroupLimits
  admitStream(res: NotedResponse): boolean
  streamCallers: StreamCallers
  callerLimits: CallerAccounts
  /**
   * Delays a refusal. Meanwhile the request no longer counts among those under way, so it takes no slot from others.
   */
  hold(res: NotedResponse, ms: number): Promise<void>
}

export function endpoint(route: Route, serving: EndpointContext): (req: Request, res: NotedResponse) => Promise<void> {
  const writes = route.method !== 'get' && !route.manual
  const parameters = new Set(route.query ? Object.keys(route.query.shape) : ofPages)
  const keepsAnswer = writes && route.method === 'post' && route.idempotency !== 'own'

  const answerOf = (result: Answer | Refused, request: HandledRequest): Answer => {
    if (!isRefused(result)) return result
    const { answer, unexpected } = problemAnswer(result, contextOf(request, route))
    if (unexpected) throw unexpected // nothing is committed after an unexpected error
    return answer
  }
  const write = writer(route, serving, answerOf)

  const answerTo = async (request: HandledRequest, req: Request, res: NotedResponse): Promise<Answer> => {
    if (route.method !== 'get') refuseOtherSites(req)
    route.admit?.(serving.db)
    request.user = await admitted(req, res, request, route, serving)
    request.params = route.params ? parsed(route.params, withoutNul(req.params), 'params') : none
    const query = readQuery(req.url)
    refuseUnknown(query, parameters)
    request.query = route.query ? (parsed(route.query, query, 'query') as typeof request.query) : none
    if (route.weight) serving.callerLimits.weigh(res, route.weight(request.query))
    const sent =
      route.body && (await readJson(req, route.signedWith && signedBody(req, route.signedWith(request.params))))
    request.body = route.body ? parsedBody(route.body, sent) : none
    const key = (request.idempotencyKey = route.method === 'post' ? readKey(req.headers['idempotency-key']) : undefined)
    await route.prepare?.(request)
    if (!writes && route.handle) return answerOf(await route.handle(request), request)
    const keyed =
      key !== undefined && keepsAnswer
        ? { scope: scopeOf(request.user, route.method, route.path), key, fingerprint: fingerprintOf(req.url, sent) }
        : undefined
    return write({ request, keyed })
  }

  return async (req, res) => {
    res.locals.route = route.path
    const request = new HandledRequest(req, res, serving)
    let answer: Answer
    try {
      const { span } = res.locals
      answer = await (span ? span.run(() => answerTo(request, req, res)) : answerTo(request, req, res))
    } catch (error) {
      if (error instanceof TooManyRequests && error.heldMs > 0) await serving.hold(res, error.heldMs)
      answer = error instanceof NotKept ? error.answer : failureAnswer(error, request, route, req, res)
    }
    if (answer.stream)
      await stream(req, res, request, answer.stream, answer.heartbeatMs ?? serving.heartbeatMs, serving)
    else sendAnswer(req, res, answer)
  }
}

function writer(
  route: Route,
  { db, groups }: EndpointContext,
  answerOf: (result: Answer | Refused, request: HandledRequest) => Answer,
): (write: Write) => Promise<Answer> {
  const { handle, handleTogether } = route
  if (handleTogether) {
    return groupCommit(db, groups, async (tx, writes) => {
      const all = writes.map(({ request }) => request)
      const results = await handleTogether(tx, all)
      return results.map((result, at) => answerOf(result, all[at] as HandledRequest))
    })
  }
  return async write => {
    const { request } = write
    const [outcome] = await db.transaction(tx => {
      request.tx = tx
      return handleOnce(db, tx, [write], async () => [answerOf(await handle(request), request)])
    }, request.traceparent)
    return answerIn(outcome as Outcome) // the group of one has one outcome
  }
}

const none = Object.freeze({})

/** Clients page through every list alike, also through one that has a single page. */
const ofPages = ['limit', 'cursor']

/**
 * Identifies the caller, after the limits have admitted the request. The limits count by what a token claims; whether
 * it still holds is checked behind them, because that may cost a query. A caller refused as a guest counts as a guest.
 * On CPU-heavy routes everybody counts by address, so that no address gets more by using tokens of several accounts.
 */
async function admitted(
  req: Request,
  res: NotedResponse,
  request: HandledRequest,
  { who, isHeavy, admitUser }: Route,
  { authenticate, confirms, callerLimits }: EndpointContext,
): Promise<User | undefined> {
  let user: User | undefined
  try {
    user = await (who === 'anyone' ? identified : loggedIn)(req, request.cookies, authenticate)
  } catch (error) {
    if (error instanceof NotLoggedIn) callerLimits.enter(undefined, request.ip, res)
    throw error
  }
  callerLimits.enter(isHeavy ? undefined : user, request.ip, res, isHeavy)
  if (user && who !== 'anyone') expectRole(user, who)
  if (user && confirms && !(await confirms(user))) {
    if (who !== 'anyone') throw new NotLoggedIn('The session has ended, or your rights have changed; log in again.')
    user = undefined // an invalid token counts as none, see `identified`
  }
  if (user) admitUser?.(user)
  return user
}

const loggedIn = async (req: Request, cookies: HandledRequest['cookies'], authenticate: Authenticator): Promise<User> =>
  authenticate(tokenOf(req, cookies) ?? refuseGuest())

function expectRole({ role }: User, who: Exclude<Who, 'anyone'>): void {
  const allowed: readonly Role[] = callers[who]
  if (!allowed.includes(role)) throw new HttpError(403, 'wrong_role', wrongRole[who])
}

const wrongRole = {
  user: 'Your role may not do this.',
  customer: 'An observer changes nothing.',
  observer: 'Only an operator or an observer may do this.',
  operator: 'Only an operator may do this.',
} satisfies Record<keyof typeof callers, string>

function refuseGuest(): never {
  throw new NotLoggedIn()
}

/** A client with an old cookie must be able to log in, so on public routes an invalid token counts as none. */
export async function identified(
  req: Request,
  cookies: HandledRequest['cookies'],
  authenticate: Authenticator,
): Promise<User | undefined> {
  try {
    const token = tokenOf(req, cookies)
    return token === undefined ? undefined : await authenticate(token)
  } catch (error) {
    if (error instanceof NotLoggedIn || error instanceof Unavailable) return undefined
    throw error
  }
}

const bearer = /^Bearer +(\S+)$/i

/** The header is explicit, so it takes precedence over the cookie. */
function tokenOf(req: Request, cookies: HandledRequest['cookies']): string | undefined {
  const { authorization } = req.headers
  if (authorization === undefined) return cookies.access_token
  const token = bearer.exec(authorization)?.[1]
  if (token === undefined) throw new NotLoggedIn('The header Authorization must be: Bearer <token>.')
  return token
}

const contextOf = ({ requestId, db, idempotencyKey }: HandledRequest, route: Route): ProblemContext => ({
  requestId,
  refusals: route.refusals,
  isTransient: error => db.isTransient(error),
  isRepeatable: route.method !== 'post' || idempotencyKey !== undefined,
})

function failureAnswer(
  error: unknown,
  request: HandledRequest,
  route: Route,
  req: Request,
  res: NotedResponse,
): Answer {
  const { answer, transient, unexpected } = problemAnswer(error, contextOf(request, route))
  const facts = { method: req.method, route: route.path }
  if (unexpected !== undefined) request.log.error({ ...facts, err: unexpected }, 'a request failed')
  else if (transient !== undefined) request.log.warn({ ...facts, err: transient }, 'a request must wait')
  const trouble = unexpected ?? transient
  if (trouble !== undefined) res.locals.span?.failed(trouble)
  return answer
}

async function stream(
  req: Request,
  res: NotedResponse,
  request: HandledRequest,
  events: AsyncIterable<StreamEvent>,
  heartbeatMs: number,
  serving: EndpointContext,
): Promise<void> {
  const { signal, requestId, log, user } = request
  const isLeft = res.closed // which has ended it as a request; as a stream it would be counted for ever
  const refusal = req.method === 'HEAD' || isLeft ? undefined : refusedStream(res, serving)
  if (req.method === 'HEAD' || isLeft || refusal) {
    await events[Symbol.asyncIterator]().return?.()
    if (isLeft) return
    if (!refusal) return sendAnswer(req, res, { status: 200, headers: { 'content-type': 'text/event-stream' } })
    const { answer } = problemAnswer(refusal, { requestId, isTransient: () => false })
    return sendAnswer(req, res, answer)
  }
  const forget = user && serving.streamCallers.watch(user, () => request.abort())
  try {
    await sendStream(res, events, { signal, heartbeatMs })
  } catch (error) {
    log.warn({ route: res.locals.route, err: error }, 'a stream broke; its client reconnects with Last-Event-ID')
  } finally {
    forget?.()
  }
}

function refusedStream(res: NotedResponse, { callerLimits, admitStream }: EndpointContext): HttpError | undefined {
  if (!callerLimits.admitStream(res)) return new TooManyRequests('You have too many streams open.', streamRetryMs)
  return admitStream(res) ? undefined : new Unavailable('Too many streams are open.', streamRetryMs / 1_000)
}

const streamRetryMs = 5_000
