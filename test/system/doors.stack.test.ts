import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { addresses, serviceNames } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { call, logIn, type Client, type OrderBody, type Reply } from '@docket/test/support/client.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
let owner: Client
let other: Client
let watcher: Client
let order: OrderBody
let sku: string

test.before(async t => {
  stack = await startStack({ 'user-service': { PRODUCES_FROM: '0.2.0' } }) // so that the role observer exists
  const [first, second, third] = await Promise.all([stack.customer(), stack.customer(), stack.customer()])
  ;[owner, other] = [first, second]
  t.is((await stack.operator.patch('user', `/users/${third.id}`, { role: 'observer' })).status, 200)
  watcher = await logIn(stack.services, third.username, third.password)
  sku = await stack.item('mug', 1_000)
  order = await stack.end(await stack.order(owner, { [sku]: 1 }))
})
test.after.always(() => stack?.stop())

interface TokenParts {
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

const seconds = () => Math.floor(Date.now() / 1_000)
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed as by user-service, except for the changed claims. */
function token(
  client: Client,
  { claims = {}, header = {} }: Partial<TokenParts> = {},
  key: KeyObject = signingKey(),
): string {
  const token = read(client.token)
  const text = `${part({ ...token.header, ...header })}.${part({ ...token.claims, ...claims })}`
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function read(text: string): TokenParts {
  const [header, claims] = text
    .split('.')
    .slice(0, 2)
    .map(one => JSON.parse(Buffer.from(one, 'base64url').toString()) as Record<string, unknown>)
  return { header: header ?? {}, claims: claims ?? {} }
}

const signingKey = () => createPrivateKey(secrets(addresses().dir).jwtSigningKey)
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

const strangers = ['anonymous', 'expired', 'role forged', 'revoked', 'demoted', 'disabled'] as const
// the owner comes last, because the request may end its target
const people = [...strangers, 'another customer', 'observer', 'operator', 'owner'] as const
type Person = (typeof people)[number]

const lost = new Map<Person, string>()

async function takeRightsAway(): Promise<void> {
  const [revoked, demoted, disabled] = await Promise.all([stack.customer(), stack.customer(), stack.customer()])
  const setRole = (role: string) => stack.operator.patch('user', `/users/${demoted.id}`, { role })
  await setRole('operator')
  lost.set('revoked', revoked.token)
  lost.set('demoted', (await logIn(stack.services, demoted.username, demoted.password)).token)
  lost.set('disabled', disabled.token)
  await call(`${stack.services.user}/logout`, 'POST', {}, bearer(revoked.token))
  await setRole('customer')
  await stack.operator.post('user', `/users/${disabled.id}/disable`, {})
  for (const text of lost.values())
    for (const url of Object.values(stack.services))
      await until(
        'it is refused',
        async () => (await call(`${url}${whoAsks(url)}`, 'GET', undefined, bearer(text))).status === 401,
      )
}

const whoAsks = (url: string) =>
  ({
    [stack.services.user]: '/me',
    [stack.services.order]: '/orders',
    [stack.services.inventory]: '/items',
    [stack.services.payment]: `/payments/${order.id}`,
    [stack.services.shipping]: `/shipments/${order.id}`,
  })[url] ?? ''

/** New for each person, so that no request affects the next one. */
interface RequestParts {
  query?: string
  path?: Record<string, string>
  body?: unknown
}

interface Line {
  expected: [stranger: number, owner: number, other: number, observer: number, operator: number]
  request?: () => RequestParts | Promise<RequestParts>
  /** For requests that would end the session: the tokens belong to none. */
  ofNoSession?: boolean
}

const everybody = { expected: [200, 200, 200, 200, 200] } satisfies Line
const users = { expected: [401, 200, 200, 200, 200] } satisfies Line
const observers = { expected: [401, 403, 403, 200, 200] } satisfies Line
const operators = { expected: [401, 403, 403, 403, 200] } satisfies Line
const ownOnes = { expected: [401, 200, 404, 200, 200] } satisfies Line
const newName = () => `somebody-${randomUUID().slice(0, 8)}`
const newSku = () => `sku-${randomUUID().slice(0, 8)}`

const matrix: Record<string, Line> = {
  ...Object.fromEntries(
    serviceNames.flatMap(name =>
      ['/livez', '/readyz', '/openapi.json'].map(path => [`${name} GET ${path}`, everybody]),
    ),
  ),

  'user-service POST /signup': {
    expected: [201, 201, 201, 201, 201],
    request: () => ({ body: { username: newName(), password: 'correct horse' } }),
  },
  'user-service POST /login': {
    ...everybody,
    request: () => ({ body: { username: owner.username, password: owner.password } }),
  },
  'user-service POST /refresh': { expected: [401, 401, 401, 401, 401] }, // it needs a refresh token
  'user-service POST /logout': { expected: [204, 204, 204, 204, 204], ofNoSession: true },
  'user-service GET /.well-known/jwks.json': everybody,
  'user-service GET /me': users,
  'user-service GET /sessions': users,
  'user-service DELETE /sessions/{id}': {
    expected: [401, 204, 404, 404, 404],
    request: async () => ({ path: { id: await aSessionOf(owner) } }),
  },
  'user-service GET /sessions/ended-for-reuse': operators,
  'user-service POST /me/password': {
    expected: [401, 403, 403, 403, 403],
    request: () => ({ body: { password: 'a guess', newPassword: 'battery staple' } }),
  },
  'user-service GET /users': operators,
  'user-service GET /users/{id}/sessions': { ...operators, request: () => ({ path: { id: other.id } }) },
  'user-service DELETE /users/{id}/sessions/{sessionId}': {
    expected: [401, 403, 403, 403, 204],
    request: async () => ({ path: { id: owner.id, sessionId: await aSessionOf(owner) } }),
  },
  ...Object.fromEntries(
    ['disable', 'enable', 'unlock', 'reset-password'].map(what => [
      `user-service POST /users/{id}/${what}`,
      { ...operators, request: async () => ({ path: { id: (await stack.customer()).id } }) },
    ]),
  ),
  'user-service PATCH /users/{id}': {
    ...operators,
    request: () => ({ path: { id: other.id }, body: { role: 'customer' } }),
  },

  'user-service GET /audit': operators,
  'user-service POST /audit': {
    expected: [401, 403, 403, 204, 204],
    request: () => ({ body: { on: { kind: 'dead_letter', id: 'order-events/1' } } }),
  },

  'order-service POST /orders': {
    expected: [401, 201, 201, 403, 201],
    request: () => ({ body: { lines: [{ sku, quantity: 1 }] } }),
  },
  'order-service GET /orders': users,
  'order-service GET /orders/{id}': { ...ownOnes, request: () => ({ path: { id: order.id } }) },
  'order-service GET /orders/{id}/stream': { ...ownOnes, request: () => ({ path: { id: order.id } }) },
  'order-service GET /order-steps': observers,
  'order-service GET /events': { ...users, request: () => ({ query: '?follow=false&last=0' }) },
  'order-service POST /orders/{id}/cancel': {
    expected: [401, 409, 404, 403, 409],
    request: () => ({ path: { id: order.id }, body: {} }),
  }, // the order is completed
  'order-service GET /orders/{id}/cancel-requests': { ...ownOnes, request: () => ({ path: { id: order.id } }) },
  'order-service GET /orders/{id}/cancel-requests/{requestId}': {
    expected: [401, 404, 404, 404, 404],
    request: () => ({ path: { id: order.id, requestId: order.id } }),
  }, // the order has none; its service's own tests tell who sees whose
  ...Object.fromEntries(
    ['sales', 'lead-time', 'reasons'].map(report => [`order-service GET /reports/${report}`, observers]),
  ),
  ...Object.fromEntries(
    (['order', 'inventory', 'payment', 'shipping'] as const).map(name => [
      `${name}-service POST /orders/{id}/resend`,
      { ...operators, request: () => ({ path: { id: order.id }, body: {} }) },
    ]),
  ),

  ...Object.fromEntries(
    serviceNames.map(name => [
      `${name} POST /dead-letters`,
      {
        ...operators,
        request: () => ({ body: { action: 'dismiss', ids: [`${name.replace('-service', '-events')}/999999999`] } }),
      },
    ]),
  ),

  'inventory-service GET /items': users,
  'inventory-service GET /items/{sku}': { ...users, request: () => ({ path: { sku } }) },
  'inventory-service POST /items': {
    expected: [401, 403, 403, 403, 201],
    request: () => ({ body: { sku: newSku(), name: 'x', unitPrice: 1, currency: 'EUR', quantity: 1 } }),
  },
  'inventory-service PATCH /items/{sku}': { ...operators, request: () => ({ path: { sku }, body: { name: 'Mug' } }) },
  'inventory-service POST /items/{sku}/adjustments': {
    ...operators,
    request: () => ({ path: { sku }, body: { delta: 1, reason: 'found' } }),
  },

  'inventory-service GET /items/{sku}/movements': { ...observers, request: () => ({ path: { sku } }) },

  'payment-service GET /provider': observers,
  'payment-service GET /reports/money': observers,
  'payment-service GET /payments': observers,
  'payment-service GET /payments/{orderId}': { ...ownOnes, request: () => ({ path: { orderId: order.id } }) },
  ...Object.fromEntries(
    ['retry', 'give-up'].map(way => [
      `payment-service POST /payments/{orderId}/${way}`,
      { expected: [401, 403, 403, 403, 409] as const, request: () => ({ path: { orderId: order.id }, body: {} }) },
    ]),
  ), // the payment is not stuck
  'payment-service GET /refunds': observers,
  'payment-service GET /refunds/{id}': {
    expected: [401, 404, 404, 404, 404],
    request: () => ({ path: { id: order.id } }),
  }, // nothing was refunded
  'payment-service GET /orders/{orderId}/refunds': { ...ownOnes, request: () => ({ path: { orderId: order.id } }) },
  'payment-service POST /orders/{orderId}/refunds': {
    expected: [401, 403, 403, 403, 422],
    request: () => ({ path: { orderId: order.id }, body: { amount: 1, reason: 'late' } }),
  }, // without an Idempotency-Key
  ...Object.fromEntries(
    ['retry', 'by-hand'].map(way => [
      `payment-service POST /refunds/{id}/${way}`,
      { expected: [401, 403, 403, 403, 404] as const, request: () => ({ path: { id: order.id }, body: {} }) },
    ]),
  ),
  'shipping-service GET /shipments': observers,
  'shipping-service GET /shipments/{id}': { ...ownOnes, request: () => ({ path: { id: order.id } }) },
  'shipping-service GET /orders/{id}/shipments': { ...ownOnes, request: () => ({ path: { id: order.id } }) },
  'shipping-service POST /shipments/{id}/dispatch': {
    expected: [401, 403, 403, 403, 409],
    request: async () => ({ path: { id: await firstOf('shipments') }, body: {} }),
  }, // it has left
  'shipping-service POST /shipments/{id}/outcome': {
    ...operators,
    request: async () => ({ path: { id: await firstOf('shipments') }, body: { status: 'delivered' } }),
  },
  'shipping-service POST /returns': {
    expected: [401, 409, 404, 403, 201],
    request: () => ({ body: { orderId: order.id, lines: [{ sku, quantity: 1 }] } }),
  }, // the operator has announced it before the owner does
  'shipping-service GET /returns': observers,
  'shipping-service GET /returns/{id}': {
    ...ownOnes,
    request: async () => ({ path: { id: await firstOf('returns') } }),
  },
  'shipping-service GET /orders/{id}/returns': { ...ownOnes, request: () => ({ path: { id: order.id } }) },
  'shipping-service POST /returns/{id}/receive': {
    ...operators,
    request: async () => ({
      path: { id: await firstOf('returns') },
      body: { lines: [{ sku, quantity: 1, condition: 'restock' }] },
    }),
  },
  'shipping-service POST /returns/{id}/cancel': {
    expected: [401, 409, 404, 403, 409],
    request: async () => ({ path: { id: await firstOf('returns') } }),
  }, // it was received
  'shipping-service GET /locations': observers,
  'shipping-service PATCH /locations/{name}': {
    ...operators,
    request: () => ({ path: { name: 'main' }, body: { lateAfterSeconds: 86_400 } }),
  },
  'shipping-service POST /carriers/{name}/events': {
    expected: [404, 404, 404, 404, 404],
    request: () => ({ path: { name: 'harbour-post' }, body: { id: '1' } }),
  }, // no carrier is set up
  'shipping-service GET /carrier-reports': observers,
  'shipping-service POST /carrier-reports/dismiss': {
    expected: [401, 403, 403, 403, 404],
    request: () => ({ body: { carrier: 'harbour-post', id: '1' } }),
  },
  'shipping-service GET /waiting': observers,
}

async function firstOf(what: 'shipments' | 'returns'): Promise<string> {
  const { body } = await stack.operator.get('shipping', `/orders/${order.id}/${what}`)
  return (body.items as { id: string }[])[0]?.id ?? 'none'
}

async function aSessionOf({ username, password }: Client): Promise<string> {
  return String(read((await logIn(stack.services, username, password)).token).claims.sid)
}

function headersOf(person: Person, ofNoSession: boolean): Record<string, string> {
  const clients: Partial<Record<Person, Client>> = {
    owner,
    'another customer': other,
    operator: stack.operator,
    observer: watcher,
  }
  const client = clients[person]
  if (client) return bearer(ofNoSession ? token(client, { claims: { sid: randomUUID() } }) : client.token)
  const was = lost.get(person)
  if (was !== undefined) return bearer(was)
  if (person === 'expired') return bearer(token(owner, { claims: { exp: seconds() - 1 } }))
  return person === 'anonymous' ? {} : bearer(withClaims(owner, { role: 'operator' }))
}

function withClaims(client: Client, claims: Record<string, unknown>): string {
  const [header, , signature] = client.token.split('.')
  return [header, part({ ...read(client.token).claims, ...claims }), signature].join('.')
}

const urlOf = (service: string) => stack.services[service.replace('-service', '') as keyof Stack['services']]

async function endpoints(): Promise<string[]> {
  const all = await Promise.all(
    serviceNames.map(async service => {
      const { body } = await call(`${urlOf(service)}/openapi.json`, 'GET')
      return Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
        Object.keys(methods).map(method => `${service} ${method.toUpperCase()} ${path}`),
      )
    }),
  )
  return all.flat().sort()
}

test.serial('each endpoint admits its callers, and no others', async t => {
  slow(t, 9, 'every endpoint of five services is called by ten people')
  await takeRightsAway()
  t.deepEqual(
    Object.keys(matrix).sort(),
    await endpoints(),
    'a line in the matrix for each endpoint, and an endpoint for each line',
  )
  for (const [
    endpoint,
    {
      expected: [stranger, asOwner, asOther, asObserver, asOperator],
      request = (): RequestParts => ({}),
      ofNoSession = false,
    },
  ] of Object.entries(matrix)) {
    const expected: Record<Person, number> = {
      ...(Object.fromEntries(strangers.map(person => [person, stranger])) as Record<
        (typeof strangers)[number],
        number
      >),
      'another customer': asOther,
      observer: asObserver,
      operator: asOperator,
      owner: asOwner,
    }
    const [service = '', method = '', template = ''] = endpoint.split(' ')
    for (const person of people) {
      const { path = {}, query = '', body } = await request()
      const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? 'missing')
      const url = urlOf(service) + filled + query
      const { status } = await call(url, method, body, headersOf(person, ofNoSession))
      t.is(status, expected[person], `${endpoint}, ${person}`)
    }
  }
})

test.serial("a list of orders holds one's own, whatever customer is requested", async t => {
  const ids = async (client: Client, query: string) =>
    ((await client.get('order', `/orders${query}`)).body.items as { id: string }[]).map(one => one.id)
  t.true((await ids(owner, '')).includes(order.id))
  t.true((await ids(stack.operator, `?customer=${owner.id}`)).includes(order.id))
  for (const query of ['', `?customer=${owner.id}`, '?limit=500'])
    t.false((await ids(other, query)).includes(order.id), query)
})

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey

const publicPem = () => createPublicKey(signingKey()).export({ type: 'spki', format: 'pem' }).toString()

function signedWithHmac(alg: 'HS256' | 'HS512', secret: string, client: Client): string {
  const token = read(client.token)
  const text = `${part({ ...token.header, alg })}.${part({ ...token.claims, role: 'operator' })}`
  return `${text}.${createHmac(alg.replace('HS', 'sha'), secret).update(text).digest('base64url')}`
}

function signedWithRsa(client: Client): string {
  const token = read(client.token)
  const text = `${part({ ...token.header, alg: 'RS256' })}.${part(token.claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), rsa).toString('base64url')}`
}

const parts = ({ token: text }: Client) => text.split('.') as [string, string, string]
const header = (more: Record<string, unknown>) => ({ header: more })
const claims = (more: Record<string, unknown>) => ({ claims: more })

const forged: Record<string, (client: Client) => string> = {
  'no token': () => '',
  'a word': () => 'operator',
  'two parts': client => parts(client).slice(0, 2).join('.'),
  'an empty signature': client => `${parts(client).slice(0, 2).join('.')}.`,
  'four parts': client => `${client.token}.x`,
  'five parts, as if it were encrypted': client => `${client.token}.x.y`,
  'dots alone': () => '..',
  'a dot before it': client => `.${client.token}`,
  'cut off': client => client.token.slice(0, -10),
  'the signature of another token': client => [...parts(client).slice(0, 2), parts(other)[2]].join('.'),
  'the signature as DER': client => {
    const text = parts(client).slice(0, 2).join('.')
    return `${text}.${sign('sha256', Buffer.from(text), signingKey()).toString('base64url')}`
  },
  'a signature of zeros': client => `${parts(client).slice(0, 2).join('.')}.${Buffer.alloc(64).toString('base64url')}`,
  'alg none': client => `${part({ alg: 'none', typ: 'JWT' })}.${parts(client)[1]}.`,
  'alg none, with a kid and a signature': client =>
    [part({ ...read(client.token).header, alg: 'none' }), ...parts(client).slice(1)].join('.'),
  'alg NONE': client => [part({ ...read(client.token).header, alg: 'NONE' }), ...parts(client).slice(1)].join('.'),
  'HS256 by the public key': client => signedWithHmac('HS256', publicPem(), client),
  'HS512 by the public key': client => signedWithHmac('HS512', publicPem(), client),
  'HS256 by nothing': client => signedWithHmac('HS256', '', client),
  'RS256 by a key of their own': client => signedWithRsa(client),
  'our alg in other letters': client => token(client, header({ alg: 'es256' })),
  'a key that is not known, with its own kid': client => token(client, header({ kid: 'another' }), stranger),
  'a key that is not known, with our kid': client => token(client, {}, stranger),
  'the key in the header': client =>
    token(client, header({ jwk: createPublicKey(stranger).export({ format: 'jwk' }) }), stranger),
  'the key at an address': client =>
    token(client, header({ jku: 'http://127.0.0.1:1/jwks.json', x5u: 'http://127.0.0.1:1/' }), stranger),
  'no kid': client => token(client, header({ kid: undefined })),
  'a kid that is a path': client => token(client, header({ kid: '../../../../dev/null' })),
  'a kid of SQL': client => token(client, header({ kid: "' OR 1=1 --" })),
  'a kid that is __proto__': client => token(client, header({ kid: '__proto__' })),
  'a kid that is a list': client => token(client, header({ kid: [read(client.token).header.kid] })),
  'another kind of token': client => token(client, header({ typ: 'JWE' })),
  'a header that must be understood': client => token(client, header({ crit: ['b64'], b64: false })),
  'no expiry': client => token(client, claims({ exp: undefined })),
  'an expiry that is text': client => token(client, claims({ exp: '9999999999' })),
  expired: client => token(client, claims({ exp: seconds() - 1 })),
  'not valid yet': client => token(client, claims({ nbf: seconds() + 60 })),
  'another audience': client => token(client, claims({ aud: 'another' })),
  'no audience': client => token(client, claims({ aud: undefined })),
  'another issuer': client => token(client, claims({ iss: 'https://evil.example' })),
  'no issuer': client => token(client, claims({ iss: undefined })),
  'a role that is none': client => token(client, claims({ role: 'root' })),
  'two roles': client => token(client, claims({ role: ['customer', 'operator'] })),
  'no role': client => token(client, claims({ role: undefined })),
  'a subject that is SQL': client => token(client, claims({ sub: "' OR 1=1 --" })),
  'no subject': client => token(client, claims({ sub: undefined })),
  'no session': client => token(client, claims({ sid: undefined })),
  'a name with NUL': client => token(client, claims({ name: 'ada\u0000' })),
  'claims that are a list': client => [parts(client)[0], part([1]), parts(client)[2]].join('.'),
  'claims that are no JSON': client =>
    [parts(client)[0], Buffer.from('{').toString('base64url'), parts(client)[2]].join('.'),
  'far too long': client => `${client.token}${'x'.repeat(10_000)}`,
}

test.serial('a token that is not ours is 401, in the header and in the cookie', async t => {
  const url = `${stack.services.order}/orders`
  t.is((await call(url, 'GET', undefined, bearer(token(owner)))).status, 200, 'as it should be signed')
  for (const [what, forge] of Object.entries(forged)) {
    const text = forge(owner)
    for (const headers of [bearer(text), { cookie: `access_token=${text}` }])
      refusedGuest(t, await call(url, 'GET', undefined, headers), what)
  }
  for (const cookie of [
    'access_token=j:{"a":1}',
    'access_token=j:["a"]',
    'access_token=j:null',
    'access_token=%00',
    'access_token',
    '=',
  ]) {
    refusedGuest(t, await call(url, 'GET', undefined, { cookie }), cookie)
  }
  for (const scheme of ['Basic', 'Token', '', 'Bearer Bearer']) {
    refusedGuest(t, await call(url, 'GET', undefined, { authorization: `${scheme} ${owner.token}` }), scheme)
  }
})

function refusedGuest(t: ExecutionContext, { status, headers, body }: Reply, what: string) {
  t.like(
    { status, code: body.code, scheme: headers.get('www-authenticate') },
    { status: 401, code: 'not_logged_in', scheme: 'Bearer' },
    what,
  )
}

const untilStatus = async (expected: number, ask: () => Promise<Reply>) => {
  const sinceMs = performance.now()
  await until(`the answer is ${expected}`, async () => (await ask()).status === expected)
  return performance.now() - sinceMs
}

const soonMs = 4_000 // usually half a second; a broker that has nothing to give holds a request for 5 s

test.serial('after a logout every service refuses the old token at once, and its streams end', async t => {
  const client = await stack.customer()
  stack.processes.of('payment-service')?.kill('SIGSTOP') // so that the order stays under way
  t.teardown(() => stack.processes.of('payment-service')?.kill('SIGCONT'))
  const pending = await stack.order(client, { [sku]: 1 })
  const headers = { authorization: `Bearer ${client.token}` }
  const stream = await fetch(`${stack.services.order}/orders/${pending.id}/stream`, { headers })
  t.is(stream.status, 200)
  t.is((await call(`${stack.services.order}/orders`, 'GET', undefined, headers)).status, 200)
  const sinceMs = performance.now()
  const ended = stream.text().then(() => performance.now() - sinceMs)
  t.is((await call(`${stack.services.user}/logout`, 'POST', {}, headers)).status, 204)
  const { order, inventory, user } = stack.services
  const refusedMs = await Promise.all(
    [`${order}/orders`, `${inventory}/items`, `${user}/me`].map(url =>
      untilStatus(401, () => call(url, 'GET', undefined, headers)),
    ),
  )
  t.true(Math.max(...refusedMs) < soonMs, `${refusedMs} ms`)
  const answer = await call(`${stack.services.order}/orders`, 'GET', undefined, headers)
  t.is(answer.body.detail, 'The session has ended; log in again.')
  const streamMs = await ended
  t.true(streamMs < soonMs, `the stream ended after ${streamMs} ms`)
})

test.serial('guessing a password ends with 429 and a time to come back, for that name alone', async t => {
  const guess = (username: string, password: string) =>
    call(`${stack.services.user}/login`, 'POST', { username, password })
  const [victim, bystander] = [await stack.customer(), await stack.customer()]
  const statuses: number[] = []
  for (let n = 0; n < 12; n++) statuses.push((await guess(victim.username, `a guess ${n}`)).status)
  t.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429, 429])
  const late = await guess(victim.username, victim.password)
  t.is(late.status, 429)
  t.true(Number(late.headers.get('retry-after')) > 0)
  t.is((await guess(bystander.username, bystander.password)).status, 200)
})

test.serial('a crowd that logs in does not block other work', async t => {
  const people = await Promise.all(Array.from({ length: 4 }, () => stack.customer()))
  let isOver = false
  const logins = Promise.all(
    Array.from({ length: 32 }, (_, n) => {
      const { username, password } = people[n % 4] ?? owner
      return call(`${stack.services.user}/login`, 'POST', { username, password })
    }),
  ).finally(() => {
    isOver = true
  })
  const statuses = new Map<string, Set<number>>()
  const traffic = async (service: 'order' | 'user', path: string) => {
    const seen = new Set<number>()
    statuses.set(path, seen)
    while (!isOver) seen.add((await stack.operator.get(service, path)).status) // more than a customer may send
  }
  await Promise.all([
    logins,
    traffic('order', '/orders?limit=20'),
    traffic('order', `/orders/${order.id}`),
    traffic('user', '/me'),
    traffic('user', '/.well-known/jwks.json'),
  ])
  const answers = await logins
  t.deepEqual(
    answers.filter(({ status }) => ![200, 503, 429].includes(status)),
    [],
  )
  t.true(answers.some(({ status }) => status === 200))
  for (const { headers } of answers.filter(({ status }) => status !== 200)) t.truthy(headers.get('retry-after'))
  for (const [path, seen] of statuses) t.deepEqual([...seen], [200], path)
})

const notHttp: Record<string, string> = {
  'two lengths': 'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 40\r\n\r\n',
  'a length and chunks':
    'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'a length that is negative': 'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  'a length with a sign': 'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: +5\r\n\r\nhello',
  'an unknown encoding': 'POST /orders HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n',
  'a space before a colon': 'GET /orders HTTP/1.1\r\nhost: x\r\nauthorization : x\r\n\r\n',
  'a NUL in a header': 'GET /orders HTTP/1.1\r\nhost: x\r\nx-a: a\0b\r\n\r\n',
  'no host': 'GET /orders HTTP/1.1\r\n\r\n',
  'another protocol': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
}

test.serial('what is not quite HTTP is 400 and ends its connection, so that no second request hides in it', async t => {
  const { hostname, port } = new URL(stack.services.order)
  for (const [what, text] of Object.entries(notHttp)) {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString()
    })
    socket.on('error', () => undefined) // the server may end it while we are sending
    socket.end(Buffer.from(`${text}GET /livez HTTP/1.1\r\nhost: x\r\n\r\n`, 'latin1'))
    await once(socket, 'close')
    t.regex(answer, /^HTTP\/1\.1 400 /, what)
    t.is(answer.split('HTTP/1.1 ').length, 2, what)
  }
})

test.serial('what is too large or too deep is refused before it costs anything', async t => {
  const large = JSON.stringify({ rest: 'x'.repeat(5_000_000) })
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const endpoints: [url: string, client: Client][] = [
    [`${stack.services.order}/orders`, owner],
    [`${stack.services.inventory}/items`, stack.operator],
    [`${stack.services.user}/login`, owner],
    [`${stack.services.user}/signup`, owner],
  ]
  for (const [url, client] of endpoints) {
    const post = (body: string) =>
      fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...bearer(client.token) } })
    t.is((await post(large)).status, 413, url)
    t.is((await post(deep)).status, 422, url)
    t.is((await post('['.repeat(100_000))).status, 400, url)
  }
  t.deepEqual(
    await Promise.all(Object.values(stack.services).map(async url => (await fetch(`${url}/readyz`)).status)),
    [200, 200, 200, 200, 200],
  )
})
