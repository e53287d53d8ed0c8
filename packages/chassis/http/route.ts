import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Database, Tx } from '../database/database.ts'
import type { Act } from './acts.ts'
import type { Refused } from '../refused.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface User {
  id: string
  username: string
  role: Role
  sessionId: string
  /** Increases with every change of what the user may do; 0 in a token of the previous release. */
  rightsVersion: number
  expiresAtMs: number
}

export interface Cookie {
  name: string
  /** Undefined clears the cookie. */
  value: string | undefined
  path: string
  maxAgeSeconds: number
}

export interface StreamEvent {
  /** With nothing else it tells the client its position, and is no event to it. */
  id?: string
  event?: string
  data?: unknown
  /** The data as JSON already, where many streams share the event. */
  json?: string
}

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
  cookies?: readonly Cookie[]
  /** Server-Sent Events instead of a body; `body` is ignored. Return when done. */
  stream?: AsyncIterable<StreamEvent>
  /** Of the stream: what is sent is sent at least so often. */
  heartbeatMs?: number
}

export interface RouteRequest<Params, Query, Body, Who> {
  params: Params
  query: Query
  body: Body
  user: Who extends 'anyone' ? User | undefined : User
  tx: Tx
  db: Database
  requestId: string
  traceparent: string
  idempotencyKey: string | undefined
  /** A UUID v7 for what this request creates, so that later work on it can be traced to this request. */
  newId: string
  ip: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  cookies: Readonly<Record<string, string>>
  /**
   * Records what the caller did for others to see (`mgmt audit list`), in the transaction in which it is done. What has
   * none, such as showing personal data, is recorded first, in a transaction of its own.
   */
  audit(acts: Act | readonly Act[], tx?: Tx): Promise<void>
  log: Logger
  signal: AbortSignal
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : Record<string, never>

type Work<A> =
  | { handle(request: A): Promise<Answer | Refused>; handleTogether?: undefined }
  | {
      /**
       * Group commit: requests that arrive while others are under way share one transaction. Returns an answer for
       * each, in order. One that cannot be answered fails alone: when this throws, each request is handled again by
       * itself. What a request creates must have `request.newId` as its key.
       */
      handleTogether(tx: Tx, request: readonly A[]): Promise<(Answer | Refused)[]>
      handle?: undefined
    }

export type RouteDefinition<
  P extends z.ZodType | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodType | undefined,
  W extends Who,
> = Work<RouteRequest<Parsed<P>, Parsed<Q>, Parsed<B>, W>> & {
  method: 'get' | 'post' | 'patch' | 'delete'
  path: string
  who: W
  summary: string
  params?: P
  /** A parameter that it does not name is refused. Without one, a list takes those of a page, and ignores them. */
  query?: Q
  body?: B
  /** Status -> schema of the body; undefined for an empty body. Goes into openapi.json. */
  answers: Record<number, z.ZodType | undefined>
  refusals?: Record<string, number>
  /**
   * `store` (default for POST): the chassis keeps the first answer. `own`: the handler makes a repeated request
   * harmless itself.
   */
  idempotency?: 'store' | 'own'
  /** True: no transaction is opened, because the work is too slow for one; the handler calls db.transaction itself. */
  manual?: boolean
  /**
   * Throws to reject a request before any of it is read: an overloaded service must not spend time on what it refuses.
   */
  admit?(db: Database): void
  weight?(query: Parsed<Q>): number
  isHeavy?: boolean
  admitUser?(user: User): void
  /**
   * The secrets with which a machine may sign its requests, in place of a session; undefined: nobody may send them.
   */
  signedWith?(params: Parsed<P>): readonly string[] | undefined
  prepare?(request: RouteRequest<Parsed<P>, Parsed<Q>, Parsed<B>, W>): Promise<void>
}

export const callers = {
  user: ['customer', 'observer', 'operator'],
  customer: ['customer', 'operator'],
  observer: ['observer', 'operator'],
  operator: ['operator'],
} as const satisfies Record<string, readonly Role[]>

export type Who = 'anyone' | keyof typeof callers

export const seesAll = ({ role }: Pick<User, 'role'>): boolean => role !== 'customer'

/** A route without the types of its schemas, so that one list can hold routes of different types. */
export type Route = RouteDefinition<z.ZodType | undefined, z.ZodObject | undefined, z.ZodType | undefined, Who>

export function route<
  W extends Who,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<P, Q, B, W>): Route {
  return definition as unknown as Route // the server parses by the same schemas before it calls the handler
}

/** A report may read very many rows, so few are admitted. */
export const reportWeight = () => 20

export const tooSlow = { report_too_large: 422 } as const

export const weightOfPage = ({ limit }: { limit: number }) => Math.ceil(limit / 20)

export const ok = (body: unknown, more: Partial<Answer> = {}): Answer => ({ status: 200, body, ...more })
export const created = (body: unknown, location: string, more: Partial<Answer> = {}): Answer => ({
  status: 201,
  body,
  ...more,
  headers: { location, ...more.headers },
})
/** It is decided elsewhere; the answer can be read at `location`. */
export const accepted = (body: unknown, location: string): Answer => ({ status: 202, body, headers: { location } })
export const noContent = (more: Partial<Answer> = {}): Answer => ({ status: 204, ...more })
