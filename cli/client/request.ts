import type { IncomingMessage, RequestOptions } from 'node:http'
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
  url: string
  headers?: Record<string, string>
  body?: unknown
  signal?: AbortSignal | undefined
  /** One of many similar requests, so it gets a trace of its own, which the service begins if it traces at all. */
  ownTrace?: boolean | undefined
}

const silentMs = 20_000

/**
 * Resolves with the headers of the answer, because a stream's body may never end. Rejects with a Failure when there is
 * no answer.
 */
export const open = (request: Request): Promise<IncomingMessage> => answering(request, () => opened(request))

const answering = <T>({ url }: Request, work: () => Promise<T>) => waitingFor(`${new URL(url).origin} to answer`, work)

function opened({ method, url, headers = {}, body, signal, ownTrace = false }: Request): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const options: RequestOptions = {
    method,
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
    const request = (url.startsWith('https:') ? https() : http).request(url, options, resolve)
    request.setTimeout(silentMs, () => request.destroy(new Error(`no answer within ${silentMs / 1_000} s`)))
    request.on('error', cause => reject(signal?.aborted ? signal.reason : unreachable(url, cause)))
    request.end(text)
  })
}

const unreachable = (url: string, cause: Error & { code?: string }) =>
  new Failure(`${new URL(url).origin} cannot be reached: ${cause.message || cause.code || 'no connection'}`, {
    status: exit.unreachable,
    code: 'unreachable',
    next: 'see what runs with: mgmt status',
    cause,
  })

/** An answer that breaks off counts as none. */
export const send = (request: Request): Promise<Reply> =>
  answering(request, async () => {
    const answer = await opened(request)
    try {
      return await replyOf(answer)
    } catch (error) {
      request.signal?.throwIfAborted()
      throw error instanceof Failure || !(error instanceof Error) ? error : unreachable(request.url, error)
    }
  })

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
