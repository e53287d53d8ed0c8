import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import type { ExecutionContext } from 'ava'
import jwt from 'jsonwebtoken'
import { pino } from 'pino'
import { audience, issuer } from '@docket/foundation/access-token.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { nameOf } from '@docket/chassis/http/idempotency.ts'
import type { Database, KeyedRequest, StoredAnswer, Tx } from '@docket/chassis/database/database.ts'
import { httpServer, type HttpOptions, type HttpServer } from '@docket/chassis/http/server.ts'
import type { Route } from '@docket/chassis/http/route.ts'

export const customerId = '018f2c00-0000-7000-8000-00000000000c'
export const operatorId = '018f2c00-0000-7000-8000-00000000000a'
const observerId = '018f2c00-0000-7000-8000-00000000000b'
export const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const kid = 'test-1'

interface Signing {
  key?: KeyObject | string
  options?: jwt.SignOptions
  header?: Record<string, unknown>
}

export function token(
  claims: Record<string, unknown> = {},
  { key = keys.privateKey, options, header }: Signing = {},
): string {
  const whole = {
    sub: customerId,
    name: 'carla',
    role: 'customer',
    sid: '018f2c00-0000-7000-8000-000000000051',
    iss: issuer,
    aud: audience,
    exp: inSeconds(900),
    ...claims,
  }
  const defined = JSON.parse(JSON.stringify(whole)) as object // JSON drops undefined fields
  return jwt.sign(defined, key, { algorithm: 'ES256', header: { alg: 'ES256', kid, ...header }, ...options })
}

export const observerToken = () => token({ sub: observerId, name: 'oscar', role: 'observer' })
export const operatorToken = () => token({ sub: operatorId, name: 'olga', role: 'operator' })

export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

export class FakeDatabase implements Database {
  readonly causes: string[] = []
  commits = 0
  rollbacks = 0
  readonly #answers = new Map<string, StoredAnswer | undefined>()
  #turn: Promise<unknown> = Promise.resolve()

  readonly read: Tx = {
    query: () => Promise.reject(new Error('no SQL here')),
    change: () => {
      throw new Error('no database here')
    },
    append: () => {
      throw new Error('no outbox here')
    },
    traceOf: () => undefined,
    afterCommit: work => work(),
  }
  readonly report = () => Promise.reject(new Error('no SQL here'))
  readonly outbox = {
    lead: () => Promise.resolve(undefined),
    showDebezium: () => Promise.resolve(undefined),
    notify() {},
    depth: () => Promise.resolve({ rows: 0, oldestSeconds: 0, modes: [] }),
  }

  /** One at a time, because a holder of the same key is waited for. */
  transaction<T>(work: (tx: Tx) => Promise<T>, causes?: ReadonlyMap<string, string> | string): Promise<T> {
    const run = async () => {
      const before = new Map(this.#answers)
      if (typeof causes === 'string') this.causes.push(causes)
      try {
        const result = await work({ ...this.read })
        this.commits++
        return result
      } catch (error) {
        this.rollbacks++
        this.#answers.clear()
        for (const [key, answer] of before) this.#answers.set(key, answer)
        throw error
      }
    }
    const mine = this.#turn.then(run)
    this.#turn = mine.then(
      () => undefined,
      () => undefined,
    ) // the caller of `transaction` handles the failure
    return mine
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  claimKeys(_tx: Tx, requests: readonly KeyedRequest[]): Promise<Map<string, StoredAnswer>> {
    const stored = new Map<string, StoredAnswer>()
    for (const request of requests) {
      const name = nameOf(request)
      const known = this.#answers.get(name)
      if (known) stored.set(name, known)
      else this.#answers.set(name, { fingerprint: request.fingerprint, status: 0, headers: {}, body: undefined })
    }
    return Promise.resolve(stored)
  }

  keepAnswers: Database['keepAnswers'] = (_tx, answers) => {
    for (const answer of answers) this.#answers.set(nameOf(answer), JSON.parse(JSON.stringify(answer)) as StoredAnswer)
    return Promise.resolve()
  }

  keepNewAnswers: Database['keepNewAnswers'] = (tx, answers) => {
    const used = answers.find(answer => this.#answers.has(nameOf(answer)))
    return used ? Promise.reject(new Error(`key ${used.key} is used`)) : this.keepAnswers(tx, answers)
  }

  isKeyUsed = (error: unknown) => error instanceof Error && error.message.endsWith(' is used')

  isUnfit(): boolean {
    return false
  }

  isTransient(error: unknown): boolean {
    return error instanceof Error && error.message.includes('connection lost')
  }

  forgetAnswers = () => Promise.resolve(0)
  ping = () => Promise.resolve()
  migrate = () => Promise.resolve([])
  schema = () => Promise.reject(new Error('there is no schema here'))
  showReplica = () => Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve() })
  poolSize = () => ({ total: 0, idle: 0, waiting: 0 })
  close = () => Promise.resolve()
}

export interface Received {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json: Record<string, unknown>
}

export interface RequestInput {
  method?: string
  headers?: RequestOptions['headers']
  body?: unknown
  token?: string
}

export interface RunningServer {
  port: number
  server: HttpServer
  db: FakeDatabase
  log: Record<string, unknown>[]
  observed: string[]
  request(path: string, input?: RequestInput): Promise<Received>
}

export async function aServer(
  t: ExecutionContext,
  routes: readonly Route[],
  more: Partial<HttpOptions> = {},
): Promise<RunningServer> {
  const db = new FakeDatabase()
  const log: Record<string, unknown>[] = []
  const observed: string[] = []
  const server = httpServer({
    service: 'test-service',
    version: '1.2.3',
    port: 0,
    routes,
    db,
    authenticate: authenticator(async id => (id === kid ? keys.publicKey : undefined)),
    log: pino({ level: 'debug' }, { write: line => void log.push(JSON.parse(line) as Record<string, unknown>) }),
    readiness: async () => ({
      status: 'ready',
      service: 'test-service',
      version: '1.2.3',
      uptimeSeconds: 1,
      checks: {},
      outbox: { mode: 'relay', rows: 0, oldestSeconds: 0, modes: ['relay'] },
    }),
    observe: (method, path, status, seconds) => {
      if (seconds >= 0) observed.push(`${method} ${path} ${status}`)
    },
    isStopping: () => false,
    ...more,
  })
  const port = await server.listen()
  t.teardown(() => server.close(0))
  return { port, server, db, log, observed, request: (path, input) => request(port, path, input) }
}

function request(
  port: number,
  path: string,
  { method, headers, body, token: bearer }: RequestInput = {},
): Promise<Received> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const payload = raw ? body : body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const req = httpRequest(
      {
        port,
        path,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        agent: false,
        headers: {
          ...(!raw && body !== undefined && { 'content-type': 'application/json' }),
          ...(payload !== undefined && { 'content-length': Buffer.byteLength(payload) }),
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
          ...headers,
        },
      },
      res => {
        let text = ''
        res
          .setEncoding('utf8')
          .on('data', (chunk: string) => {
            text += chunk
          })
          .on('error', reject)
          .on('end', () =>
            resolve({
              status: res.statusCode ?? 0,
              headers: res.headers,
              text,
              json:
                /json/.test(res.headers['content-type'] ?? '') && text
                  ? (JSON.parse(text) as Record<string, unknown>)
                  : {},
            }),
          )
      },
    )
    req.on('error', reject).end(payload)
  })
}
