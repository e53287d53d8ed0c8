import type { Request, Response } from 'express'
import type { Database, Tx } from '../database/database.ts'
import { publishActs } from './acts.ts'
import { textCookies } from './answer.ts'
import type { Caller } from './budgets.ts'
import { traceparentOf } from './correlation.ts'
import { newId } from '../id.ts'
import { traceIdOf, type Logger } from '../log.ts'
import type { RouteRequest, User } from './route.ts'
import type { RequestSpan } from '../tracing/instrumentation.ts'
import { plainAddress } from '@docket/foundation/network-address.ts'

export interface RequestNotes {
  requestId: string
  /** By the monotonic clock, which is never set back. */
  startedAtMs: number
  route: string
  observed: boolean
  span: RequestSpan | undefined
  caller?: Caller
  isStream?: boolean
  /** Its refusal is being delayed, so it no longer counts among the requests under way. */
  isHeld?: boolean
}

export type NotedResponse = Response<unknown, RequestNotes & Record<string, unknown>>

export interface RequestScope {
  db: Database
  log: Logger
  closing: AbortSignal
  behindProxy: boolean
}

const longestAddress = 45 // characters of an IPv6 address; a proxy may pass on anything

/**
 * What a handler receives. Fields that few handlers need are computed on first use, as there are thousands of requests
 * a second.
 */
export class HandledRequest implements RouteRequest<unknown, Record<string, unknown>, unknown, 'anyone'> {
  params: unknown
  query: Record<string, unknown> = {}
  body: unknown
  user: User | undefined
  tx: Tx
  idempotencyKey: string | undefined
  readonly db: Database
  readonly requestId: string
  readonly traceparent: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly cookies: Readonly<Record<string, string>>
  readonly #req: Request
  readonly #res: NotedResponse
  readonly #around: RequestScope
  #log: Logger | undefined
  #controller: AbortController | undefined
  #newId: string | undefined

  constructor(req: Request, res: NotedResponse, scope: RequestScope) {
    this.#req = req
    this.#res = res
    this.#around = scope
    this.db = scope.db
    this.tx = scope.db.read
    this.requestId = res.locals.requestId
    this.headers = req.headers
    this.traceparent = res.locals.span?.traceparent ?? traceparentOf(req.headers.traceparent)
    this.cookies = textCookies(req.cookies as Record<string, unknown> | undefined)
  }

  get ip(): string {
    const address = this.#around.behindProxy ? this.#req.ip : this.#req.socket.remoteAddress
    return plainAddress((address ?? '').slice(0, longestAddress))
  }

  get newId(): string {
    return (this.#newId ??= newId())
  }

  get audit(): RouteRequest<unknown, unknown, unknown, 'anyone'>['audit'] {
    return (acts, tx = this.tx) => publishActs(tx, this, [acts].flat())
  }

  get log(): Logger {
    return (this.#log ??= this.#around.log.child({ requestId: this.requestId, traceId: traceIdOf(this.traceparent) }))
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#watch()).signal
  }

  /** Ends what listens to the signal, as if the client had left. */
  abort(): void {
    ;(this.#controller ??= this.#watch()).abort()
  }

  #watch(): AbortController {
    const controller = new AbortController()
    const { closing } = this.#around
    const abort = () => {
      closing.removeEventListener('abort', abort)
      controller.abort()
    }
    closing.addEventListener('abort', abort, { once: true })
    this.#res.once('close', abort)
    if (closing.aborted || this.#res.closed) abort()
    return controller
  }
}
