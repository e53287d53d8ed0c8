import type { IncomingMessage, RequestOptions } from 'node:http'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { exit, Failure } from '../failure.ts'
import { version } from '../version.ts'
import { waitingFor } from '../waiting.ts'
import { trace } from './trace.ts'

// An import would load all of undici, which costs every command some 20 ms.
const http = process.getBuiltinModule('node:http')
const https = () => process.getBuiltinModule('node:https') // on first use only, because TLS takes some 30 ms to load

export interface Reply {
  status: number
  headers: IncomingMessage['headers']
  body: unknown
}

interface Request {
  method: string
  /** Whose answer it is, for people: shipping-service. */
  service: string
  url: string
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal | undefined
  /** One of many similar requests, so it gets a trace of its own, which the service begins if it traces at all. */
  ownTrace?: boolean | undefined
  limits?: Limits
}

interface Limits {
  /** Between two signs of life: a process that was stopped, or a host that is gone, closes no connection. */
  silentMs: number
  /** Of a whole answer, however slowly it trickles in. A stream has no end. */
  longestMs: number
}

const usualLimits: Limits = { silentMs: 20_000, longestMs: 120_000 }

/**
 * Resolves with the headers of the answer, because a stream's body may never end. Rejects with a Failure when there is
 * no answer.
 */
export const open = (request: Request): Promise<IncomingMessage> => answering(request, () => opened(request))

const whereOf = ({ service, url }: Request) => `${service} at ${new URL(url).origin}`

const answering = <T>(request: Request, work: () => Promise<T>) => waitingFor(`${whereOf(request)} to answer`, work)

function opened(given: Request): Promise<IncomingMessage> {
  const { method, url, headers = {}, body, signal, ownTrace = false, limits: { silentMs } = usualLimits } = given
  const text = body === undefined ? undefined : JSON.stringify(body)
  const options: RequestOptions = {
    method,
    timeout: silentMs, // also while it connects
    ...(signal && { signal }),
    headers: {
      accept: 'application/json',
      'user-agent': `mgmt/${version}`, // shown by mgmt sessions list
      ...(!ownTrace && { traceparent: trace.traceparent }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...headers,
    },
  }
  return new Promise<IncomingMessage>((resolve, reject) => {
    let answer: IncomingMessage | undefined
    const request = (url.startsWith('https:') ? https() : http).request(url, options, found => {
      answer = found
      resolve(found)
    })
    request.on('timeout', () => (answer ?? request).destroy(noAnswerWithin(silentMs)))
    request.on('error', cause => reject(signal?.aborted ? signal.reason : unreachable(given, cause)))
    request.end(text)
  })
}

const noAnswerWithin = (ms: number) => new Error(`no answer within ${ms / 1_000} s`)

const unreachable = (request: Request, cause: Error & { code?: string }) =>
  new Failure(`${whereOf(request)} cannot be reached: ${cause.message || cause.code || 'no connection'}`, {
    status: exit.unreachable,
    code: 'unreachable',
    next: 'see what runs with: mgmt status',
    cause,
  })

/** An answer that breaks off counts as none. */
export function send(request: Request): Promise<Reply> {
  const { longestMs } = request.limits ?? usualLimits
  const tooLong = new AbortController()
  const signal = request.signal ? AbortSignal.any([request.signal, tooLong.signal]) : tooLong.signal
  const late = () => unreachable(request, noAnswerWithin(longestMs))
  return answering(request, () =>
    withTimeLimit(longestMs, wholeAnswer({ ...request, signal }), late, () => tooLong.abort()),
  )
}

async function wholeAnswer(request: Request): Promise<Reply> {
  const answer = await opened(request)
  try {
    return await replyOf(answer)
  } catch (error) {
    request.signal?.throwIfAborted()
    throw error instanceof Failure || !(error instanceof Error) ? error : unreachable(request, error)
  }
}

export async function replyOf(answer: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: text && /json/.test(answer.headers['content-type'] ?? '') ? parsed(text) : undefined,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure('The service answered with JSON that cannot be read.', {
      code: 'broken_answer',
      next: 'see whether this is the address of a service with: mgmt context show',
      cause,
    })
  }
}
