import { inChain } from '@docket/foundation/errors.ts'
import type { Answer } from './route.ts'
import { isOutcomeUnknown } from '../database/outcome.ts'
import { isRefused } from '../refused.ts'

export interface FieldError {
  path: string
  message: string
}

interface More {
  errors?: readonly FieldError[]
  headers?: Record<string, string>
  cause?: unknown
}

/**
 * A request that the server rejects before any route; `problemAnswer` makes it problem+json. Without a stack, which is never
 * read: collecting it was a fifth of the CPU of a refusal, and under an overload there are more refusals than orders.
 */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly code: string
  readonly errors: readonly FieldError[] | undefined
  readonly headers: Record<string, string> | undefined

  constructor(status: number, code: string, detail: string, { errors, headers, cause }: More = {}) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(detail, { cause })
    Error.stackTraceLimit = stackTraceLimit
    this.status = status
    this.code = code
    this.errors = errors
    this.headers = headers
  }
}

export class NotLoggedIn extends HttpError {
  override name = 'NotLoggedIn'
  constructor(detail = 'Log in first.', cause?: unknown) {
    super(401, 'not_logged_in', detail, { headers: { 'www-authenticate': 'Bearer' }, cause })
  }
}

/** 503: something that the answer needs is temporarily unavailable. Services may throw it too. */
export class Unavailable extends HttpError {
  override name = 'Unavailable'
  constructor(detail: string, retryAfterSeconds = 1, cause?: unknown) {
    super(503, 'unavailable', detail, { headers: { 'retry-after': String(retryAfterSeconds) }, cause })
  }
}

export const invalid = (errors: readonly FieldError[]) =>
  new HttpError(422, 'invalid', 'Some values are not valid.', { errors })

export interface ProblemContext {
  requestId: string
  refusals?: Record<string, number> | undefined
  isTransient(error: unknown): boolean
  /** Unless given, it is: asked again, it is not done again. */
  isRepeatable?: boolean
}

export interface ProblemAnswer {
  answer: Answer
  unexpected?: unknown
  transient?: unknown
}

export function problemAnswer(reason: unknown, context: ProblemContext): ProblemAnswer {
  const { requestId } = context
  if (isRefused(reason)) {
    const status = context.refusals?.[reason.refused]
    if (status === undefined)
      return unexpected(new Error(`the route lists no status for the refusal ${reason.refused}`), requestId)
    const retry = reason.facts?.retryAfterSeconds ?? (status === 503 ? 1 : undefined)
    const headers = typeof retry === 'number' ? { 'retry-after': String(Math.max(1, Math.ceil(retry))) } : undefined
    return { answer: problem(status, reason.refused, reason.detail, requestId, { ...reason.facts }, headers) }
  }
  if (reason instanceof HttpError) {
    const { status, code, message, errors, headers, cause } = reason
    const answer = problem(status, code, message, requestId, errors && { errors }, headers)
    return status === 503 && cause !== undefined ? { answer, transient: reason } : { answer }
  }
  if (inChain(reason, context.isTransient)) {
    if (context.isRepeatable === false && inChain(reason, isOutcomeUnknown))
      return { answer: problem(503, 'outcome_unknown', mayBeDone, requestId), transient: reason }
    const detail = 'Something that this request needs is temporarily unavailable. Nothing is lost: try again.'
    return {
      answer: problem(503, 'unavailable', detail, requestId, undefined, { 'retry-after': '1' }),
      transient: reason,
    }
  }
  return unexpected(reason, requestId)
}

const mayBeDone =
  'The database did not say whether this was done. Look before you try again; with an Idempotency-Key it would be safe.'

const unexpected = (reason: unknown, requestId: string): ProblemAnswer => ({
  answer: problem(
    500,
    'internal_error',
    'Something went wrong here. The log tells what, under the request id.',
    requestId,
  ),
  unexpected: reason,
})

function problem(
  status: number,
  code: string,
  detail: string | undefined,
  requestId: string,
  more?: Record<string, unknown>,
  headers?: Record<string, string>,
): Answer {
  const title = titleOf(code)
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: {
      ...more,
      type: `urn:docket:problem:${code}`,
      title,
      status,
      detail: detail ?? `${title}.`,
      code,
      requestId,
    },
  }
}

const titleOf = (code: string) => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('_', ' ')
