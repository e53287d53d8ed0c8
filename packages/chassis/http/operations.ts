import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../log.ts'
import type { OutboxMode, OutboxState } from '../messaging/outbox-store.ts'
import { http } from './node-http.ts'
import type { Answer } from './route.ts'

export interface Readiness {
  status: 'ready' | 'not_ready'
  service: string
  version: string
  uptimeSeconds: number
  checks: Record<string, { ok: boolean; detail?: string }>
  outbox: OutboxState & { mode: OutboxMode }
}

/** The answer of /livez, which checks nothing else: an unavailable database is no reason to restart this process. */
export const alive: Answer = { status: 200, body: { status: 'alive' } }

/** Strangers must not see dependencies and queues, so details are for operators and observers only. */
export function readinessAnswer(now: Readiness, withDetails: boolean): Answer {
  const { status } = now
  const body = withDetails ? now : { status }
  return status === 'ready' ? { status: 200, body } : { status: 503, body, headers: { 'retry-after': '1' } }
}

export interface OpsOptions {
  port: number
  log: Logger
  readiness(): Promise<Readiness>
  metrics(): Promise<{ contentType: string; text: string }>
}

export interface OpsServer {
  /** Resolves with the port. */
  listen(): Promise<number>
  close(): Promise<void>
}

const mostConnections = 100
const timeouts = { headersTimeout: 5_000, requestTimeout: 5_000, connectionsCheckingInterval: 2_000 }

/**
 * Serves what is only for operators on a port that no customer reaches: /livez, /readyz with all details, /metrics. It
 * responds even when the API port is overloaded.
 */
export function opsServer({ port, log, readiness, metrics }: OpsOptions): OpsServer {
  const pages: Record<string, (res: ServerResponse) => Promise<void>> = {
    '/livez': async res => send(res, alive),
    '/readyz': async res => send(res, readinessAnswer(await readiness(), true)),
    '/metrics': async res => {
      const { contentType, text } = await metrics()
      res.writeHead(200, { 'content-type': contentType }).end(text)
    },
  }
  const server = http.createServer(timeouts, (req, res) => {
    const path = (req.url ?? '').split('?', 1)[0] ?? ''
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined
    if (!page) return send(res, { status: 404, body: { status: 404, title: 'Not found' } })
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return send(res, {
        status: 405,
        body: { status: 405, title: 'Method not allowed' },
        headers: { allow: 'GET, HEAD' },
      })
    page(res).catch((error: unknown) => {
      log.error({ err: error, path }, 'an operations request failed')
      if (res.headersSent) res.destroy()
      else send(res, { status: 500, body: { status: 500, title: 'Internal error' } })
    })
  })
  server.maxConnections = mostConnections
  return { listen: () => listen(server, port), close: () => close(server, 0) }
}

function send(res: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body)
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers })
  res.end(text)
}

export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(new Error(`listening on port ${port}: ${error.message}`, { cause: error })))
    // not a pipe, so the address has a port
    server.listen(port, () => resolve((server.address() as AddressInfo).port))
  })
}

export function close(server: Server, limitMs: number): Promise<void> {
  return new Promise(resolve => {
    const cutOff = setTimeout(() => server.closeAllConnections(), limitMs).unref()
    server.close(() => {
      // also called, with an error, when it never listened: it is closed all the same
      clearTimeout(cutOff)
      resolve()
    })
  })
}
