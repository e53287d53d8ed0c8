import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

export interface Reply {
  status: number
  headers: Headers
  // The answer of an endpoint, whose shape the tests know.
  body: Record<string, unknown>
}

export interface OrderBody {
  id: string
  status: 'pending' | 'accepted' | 'completed' | 'rejected' | 'cancelled'
  reason?: string
  detail?: string
  total: number
  shortages?: { sku: string; requested: number; available: number }[]
  timeline: { at: string; event: string; service: string; detail?: string }[]
}

export interface ServiceAddresses {
  user: string
  order: string
  inventory: string
  payment: string
  shipping: string
}

/** A logged-in client of the REST APIs, as any other; it renews its session before its token ends. */
export interface Client {
  id: string
  username: string
  password: string
  readonly token: string
  get(service: keyof ServiceAddresses, path: string): Promise<Reply>
  post(service: keyof ServiceAddresses, path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>
  patch(service: keyof ServiceAddresses, path: string, body: unknown): Promise<Reply>
}

export async function logIn(services: ServiceAddresses, username: string, password: string): Promise<Client> {
  return clientOf(services, username, password, await call(`${services.user}/login`, 'POST', { username, password }))
}

export async function signUp(services: ServiceAddresses, name = 'customer'): Promise<Client> {
  const username = `${name}-${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('base64url')
  const reply = await heedingLimits(() => call(`${services.user}/signup`, 'POST', { username, password }))
  return clientOf(services, username, password, reply)
}

/** Sends again what was refused because one client asked too much, when it may. */
export async function heedingLimits(send: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await send()
    if (reply.status !== 429) return reply
    await pause(1_000 * Number(reply.headers.get('retry-after')))
  }
}

function clientOf(
  services: ServiceAddresses,
  username: string,
  password: string,
  { status, headers, body }: Reply,
): Client {
  if (status >= 300) throw new Error(`${username} could not log in: ${status} ${JSON.stringify(body)}`)
  let session = sessionIn(headers)
  let renewing: Promise<void> | undefined
  const refresh = async () => {
    const cookie = `refresh_token=${session.refreshToken}`
    const answer = await call(`${services.user}/refresh`, 'POST', undefined, { cookie })
    if (answer.status === 200) session = sessionIn(answer.headers) // else the next request says what is wrong
  }
  const authorization = async () => {
    if (session.expiresAtMs - Date.now() < renewAheadMs)
      await (renewing ??= refresh().finally(() => (renewing = undefined)))
    return `Bearer ${session.token}`
  }
  const send = async (service: keyof ServiceAddresses, method: string, path: string, data?: unknown, more = {}) =>
    call(services[service] + path, method, data, { authorization: await authorization(), ...more })
  return {
    id: String(body.id),
    username,
    password,
    get token() {
      return session.token
    },
    get: (service, path) => send(service, 'GET', path),
    post: (service, path, data, more) => send(service, 'POST', path, data, more),
    patch: (service, path, data) => send(service, 'PATCH', path, data),
  }
}

const renewAheadMs = 60_000

function sessionIn(headers: Headers) {
  const cookie = (name: string) =>
    headers
      .getSetCookie()
      .map(line => new RegExp(`^${name}=([^;]+)`).exec(line)?.[1])
      .find(Boolean)
  const [token, refreshToken] = [cookie('access_token'), cookie('refresh_token')]
  if (!token || !refreshToken) throw new Error('an answer of user-service without a session')
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }
  return { token, refreshToken, expiresAtMs: exp * 1_000 }
}

export async function call(
  url: string,
  method: string,
  data?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(20_000),
    headers: { ...(data !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(data !== undefined && { body: JSON.stringify(data) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : { text } }
}
