import { messageOf } from '@docket/foundation/errors.ts'
/** Scripts rely on these numbers, so they never change. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  notFulfilled: 3,
  notAllowed: 4,
  unreachable: 5,
  /** Everything else succeeded, but the output could not be written. */
  outputLost: 6,
  timedOut: 124,
  interrupted: 130,
} as const
export type ExitStatus = (typeof exit)[keyof typeof exit]

export class Failure extends Error {
  override name = 'Failure'
  readonly status: ExitStatus
  /** Stable snake_case, because scripts branch on it. */
  readonly code: string
  readonly next: string | undefined
  readonly requestId: string | undefined
  readonly errors: readonly { path: string; message: string }[]
  /** The service replayed an earlier answer, so the request was not processed again. */
  readonly isReplay: boolean

  constructor(
    message: string,
    more: {
      status?: ExitStatus
      code?: string
      next?: string
      requestId?: string
      errors?: readonly { path: string; message: string }[]
      isReplay?: boolean
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: more.cause })
    this.status = more.status ?? exit.failed
    this.code = more.code ?? 'failed'
    this.next = more.next
    this.requestId = more.requestId
    this.errors = more.errors ?? []
    this.isReplay = more.isReplay ?? false
  }
}

export const asFailure = (error: unknown) =>
  error instanceof Failure
    ? error
    : new Failure(messageOf(error), {
        code: 'unexpected',
        cause: error,
        next: 'see more with --verbose; what is wrong may be found by: mgmt doctor',
      })

/** Even a failed command may have changed something, so the message says what is true, and how to proceed. */
export const withTruth = (failure: Failure, truth: string, next?: string) => {
  const { message, status, code, requestId } = failure
  return new Failure(`${asSentence(message)} ${truth}`, {
    status,
    code,
    cause: failure,
    ...(next !== undefined && { next }),
    ...(requestId !== undefined && { requestId }),
  })
}

/** With its full stop, so that another sentence can follow. */
export const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

export const usage = (message: string, next?: string) =>
  new Failure(message, { status: exit.usage, code: 'usage', ...(next !== undefined && { next }) })
