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

/** A logged-in client of the REST APIs, as any other. */
export interface Client {
  id: string
  username: string
  password: string
  token: string
  get(service: keyof ServiceAddresses, path: string): Promise<Reply>
  post(service: keyof ServiceAddresses, path: string, body: unknown, headers?: Record<string, string>): Promise<Reply>
  patch(service: keyof ServiceAddresses, path: string, body: unknown): Promise<Reply>
}

export async function logIn(services: ServiceAddresses, username: string, password: string): Promise<Client> {
  return clientOf(services, username, password, await call(`${services.user}/login`, 'POST', { username, password }))
}

/** A new customer. */
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
  const token = headers
    .getSetCookie()
    .map(cookie => /^access_token=([^;]+)/.exec(cookie)?.[1])
    .find(Boolean)
  if (status >= 300 || !token) throw new Error(`${username} could not log in: ${status} ${JSON.stringify(body)}`)
  const authorization = `Bearer ${token}`
  return {
    id: String(body.id),
    username,
    password,
    token,
    get: (service, path) => call(services[service] + path, 'GET', undefined, { authorization }),
    post: (service, path, data, more) => call(services[service] + path, 'POST', data, { authorization, ...more }),
    patch: (service, path, data) => call(services[service] + path, 'PATCH', data, { authorization }),
  }
}

/** One request; an empty body becomes {}. */
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
