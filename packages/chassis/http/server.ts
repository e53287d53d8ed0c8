import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setMaxListeners } from 'node:events'
import cookieParser from 'cookie-parser'
import express, { type Express, type NextFunction, type Request } from 'express'
import helmet from 'helmet'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import type { Authenticator } from './auth.ts'
import type { Database } from '../database/database.ts'
import { sendAnswer, textCookies } from './answer.ts'
import { callerLimits, type CallerLimits } from './caller-limits.ts'
import { limitConnections } from './connections.ts'
import type { NotedResponse } from './request.ts'
import type { GroupLimits } from './group-commit.ts'
import { endpoint, identified, type EndpointContext } from './endpoint.ts'
import { requestIdOf } from './correlation.ts'
import type { Logger } from '../log.ts'
import { http } from './node-http.ts'
import { HttpError, invalid, problemAnswer, Unavailable } from './errors.ts'
import { alive, close, listen, readinessAnswer, type Readiness } from './operations.ts'
import { seesAll, type Route, type User } from './route.ts'
import { streamCallers } from './stream-callers.ts'
import { requestSpan } from '../tracing/tracing.ts'

export interface HttpLimits {
  /** Requests under way, not counting streams; above it, 503. */
  requests: number
  streams: number
  connections: number
  ofCaller: CallerLimits
}

export interface HttpOptions {
  service: string
  version: string
  port: number
  routes: readonly Route[]
  db: Database
  authenticate: Authenticator
  confirms?: ((user: User) => Promise<boolean>) | undefined
  isRevoked?(user: User): boolean
  log: Logger
  readiness(): Promise<Readiness>
  observe(method: string, path: string, status: number, seconds: number): void
  isStopping(): boolean
  limits?: Partial<HttpLimits>
  trustProxy?: string | undefined
  groups?: GroupLimits
  heartbeatMs?: number
}

export interface HttpServer {
  /** Resolves with the port. */
  listen(): Promise<number>
  close(limitMs?: number): Promise<void>
}

const defaultGroups: GroupLimits = { maxSize: 100, concurrency: 1 }

const defaultLimits: HttpLimits = {
  requests: 1_000,
  streams: 500,
  connections: 4_000,
  ofCaller: { requests: { perSecond: 50, burst: 200 }, underWay: 50, heavy: 4, streams: 20 },
}

// Node's defaults are 60 s, 300 s and none (with a check every 30 s), so a few slow clients would block a server
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  // Announced to clients, so that they give up an idle connection before a stopping service closes it (DRAIN_DELAY is 5
  // s in a cluster) and their next request fails. A client that ignores it may keep a connection for 65 s, longer than
  // proxies do.
  keepAliveTimeout: 4_000,
  keepAliveTimeoutBuffer: 61_000,
}

export function httpServer(options: HttpOptions): HttpServer {
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // one per open stream
  const app = express()
  const server = http.createServer({ ...timeouts, keepAlive: true }, app)
  const limits = { ...defaultLimits, ...options.limits }
  limitConnections(server, limits.connections, app)
  server.on('clientError', refuseBrokenRequest)

  app.disable('x-powered-by').disable('etag').set('query parser', false).enable('case sensitive routing')
  if (options.trustProxy) app.set('trust proxy', options.trustProxy)
  app.use(
    helmet({
      // irrelevant to an API without pages; TLS and its headers belong to the proxy in front
      contentSecurityPolicy: false,
      strictTransportSecurity: false,
      xDnsPrefetchControl: false,
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
      originAgentCluster: false,
      crossOriginOpenerPolicy: false,
      xFrameOptions: { action: 'deny' },
    }),
  )
  addOperations(app, options, closing.signal)
  const gate = gateOf(server, options, limits, closing.signal)
  app.use(gate.enter, cookieParser())
  addRoutes(app, options.routes, {
    db: options.db,
    log: options.log,
    authenticate: options.authenticate,
    confirms: options.confirms,
    closing: closing.signal,
    admitStream: gate.admitStream,
    streamCallers: streamCallers(options.isRevoked ?? (() => false)),
    hold: gate.hold,
    callerLimits: callerLimits(limits.ofCaller),
    behindProxy: options.trustProxy !== undefined,
    heartbeatMs: options.heartbeatMs ?? 10_000,
    groups: options.groups ?? defaultGroups,
  })
  app.use((_req: Request, _res: NotedResponse) => {
    throw new HttpError(404, 'not_found', 'There is nothing at this path.')
  })
  app.use(lastResort(options))

  return {
    listen: () => listen(server, options.port),
    close: (limitMs = 10_000) => {
      closing.abort()
      return close(server, limitMs)
    },
  }
}

function addRoutes(app: Express, routes: readonly Route[], serving: EndpointContext): void {
  for (const route of routes) app[route.method](route.path, endpoint(route, serving))
  const known = [...routes, ...operations.map(path => ({ method: 'get', path }))]
  for (const [path, routes] of Map.groupBy(known, ({ path }) => path)) {
    const methods = routes.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
    const allow = [...methods, 'OPTIONS'].sort().join(', ')
    app.all(path, (req: Request, res: NotedResponse) => {
      res.locals.route = path
      if (req.method === 'OPTIONS') return sendAnswer(req, res, { status: 204, headers: { allow } })
      throw new HttpError(405, 'method_not_allowed', `This path allows ${allow}.`, { headers: { allow } })
    })
  }
}

/**
 * Requests that one connection may have open. A client may send the next request a moment before the end of an answer
 * is noticed here. With more, answers would wait behind the first one and occupy slots that others need.
 */
const mostPipelined = 10

/** Logs and counts requests, and rejects those above the limit. */
function gateOf(server: Server, { observe, isStopping }: HttpOptions, limits: HttpLimits, closing: AbortSignal) {
  let requests = 0
  let streams = 0
  const openOf = new WeakMap<Socket, number>()
  let held = 0

  const observed = (req: Request, res: NotedResponse, status: number) => {
    res.locals.observed = true
    observe(req.method, res.locals.route, status, (performance.now() - res.locals.startedAtMs) / 1_000)
  }

  return {
    enter(req: Request, res: NotedResponse, next: NextFunction): void {
      const noted = res.locals
      noted.requestId = requestIdOf(req.headers['x-request-id'])
      noted.startedAtMs = performance.now()
      noted.route = '(none)'
      noted.observed = false
      noted.span = requestSpan(req, noted.requestId)
      res.setHeader('x-request-id', noted.requestId)
      res.setHeader('cache-control', 'no-store')
      // sends the client's next request to another process
      if (closing.aborted || isStopping()) res.setHeader('connection', 'close')
      requests++
      const pipelined = (openOf.get(req.socket) ?? 0) + 1
      openOf.set(req.socket, pipelined)
      if (pipelined > mostPipelined) req.socket.destroy()
      res.once('close', () => {
        openOf.set(req.socket, (openOf.get(req.socket) ?? 1) - 1)
        if (noted.observed) streams--
        else {
          if (noted.isHeld) held--
          else requests--
          observed(req, res, res.headersSent ? res.statusCode : 499) // 499: the client left before its answer
        }
        noted.span?.end(noted.route, res.headersSent ? res.statusCode : undefined)
        if (closing.aborted) server.closeIdleConnections()
      })
      if (requests > limits.requests) throw new Unavailable('Too many concurrent requests.')
      next()
    },
    async hold(res: NotedResponse, ms: number): Promise<void> {
      if (held >= limits.connections || res.closed) return // at most one for each connection
      held++
      requests--
      res.locals.isHeld = true
      await pauseUnlessAborted(ms, closing) // aborted at shutdown, so that stopping answers at once
      res.locals.startedAtMs += ms // the delay says nothing about how fast we answer
    },
    admitStream(res: NotedResponse): boolean {
      if (streams >= limits.streams) return false
      streams++
      requests--
      observed(res.req, res, 200) // how long it stays open says nothing about how fast we answer
      return true
    },
  }
}

const operations = ['/livez', '/readyz', '/openapi.json']

function addOperations(app: Express, options: HttpOptions, closing: AbortSignal): void {
  const { readiness, isStopping, routes, service, version, authenticate } = options
  let openapi: Promise<string> | undefined

  app.get('/livez', (req, res) => sendAnswer(req, res, alive))
  app.get('/readyz', cookieParser(), async (req, res) => {
    const [now, user] = await Promise.all([readiness(), identified(req, textCookies(req.cookies), authenticate)])
    const isReady = now.status === 'ready' && !isStopping() && !closing.aborted
    const answer = readinessAnswer(
      { ...now, status: isReady ? 'ready' : 'not_ready' },
      user !== undefined && seesAll(user),
    )
    sendAnswer(req, res, answer)
  })
  app.get('/openapi.json', async (_req, res) => {
    openapi ??= import('./openapi.ts').then(({ openapiOf }) => JSON.stringify(openapiOf({ service, version, routes })))
    res.setHeader('content-type', 'application/json; charset=utf-8')
    res.end(await openapi)
  })
}

/**
 * Errors outside of a route's handler must be problem+json, too. Express recognizes an error handler by its four
 * parameters.
 */
function lastResort({ log, db }: HttpOptions) {
  return (error: unknown, req: Request, res: NotedResponse, _next: NextFunction): void => {
    const requestId = res.locals.requestId ?? requestIdOf(undefined)
    const reason =
      error instanceof URIError ? invalid([{ path: 'path', message: 'Not valid percent-encoded UTF-8' }]) : error
    const { answer, unexpected } = problemAnswer(reason, { requestId, isTransient: failure => db.isTransient(failure) })
    const facts = { requestId, method: req.method, route: res.locals.route }
    if (unexpected !== undefined) log.error({ ...facts, err: unexpected }, 'a request failed')
    if (unexpected !== undefined) res.locals.span?.failed(unexpected)
    if (res.headersSent) res.destroy()
    else sendAnswer(req, res, answer)
  }
}

const brokenRequests: Record<string, [status: number, reason: string, code: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'headers_too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'request_timeout'],
}

/** Answers input that is not HTTP, or is late: Express never sees it. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex & { _httpMessage?: ServerResponse }): void {
  if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
    // the same check as in Node's own handler
    socket.destroy()
    return
  }
  const [status, reason, code] = brokenRequests[error.code ?? ''] ?? [400, 'Bad Request', 'not_http']
  const context = { requestId: requestIdOf(undefined), isTransient: () => false }
  const text = JSON.stringify(problemAnswer(new HttpError(status, code, `${reason}.`), context).answer.body)
  socket.end(
    [
      `HTTP/1.1 ${status} ${reason}`,
      'connection: close',
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  )
}
