import { connect } from 'node:net'
import { once } from 'node:events'
import test from 'ava'
import { z } from 'zod'
import { Unavailable } from './errors.ts'
import { refused } from '../refused.ts'
import { aServer, customerId, observerToken, operatorToken, token } from '@docket/test/support/http-server.ts'
import { pageLimit } from './list.ts'
import { callers, created, noContent, ok, route } from './route.ts'

const answers = { 200: z.unknown() }
const hello = route({
  method: 'get',
  path: '/hello',
  who: 'anyone',
  summary: 'Hello',
  answers,
  handle: async () => ok({ hello: 'world' }),
})
const mine = route({
  method: 'get',
  path: '/mine',
  who: 'user',
  summary: 'Mine',
  answers,
  handle: async ({ user }) => ok(user),
})

test('an answer is JSON, with the request id and headers that keep browsers from guessing', async t => {
  const { request } = await aServer(t, [hello])
  const { status, headers, json } = await request('/hello', { headers: { 'x-request-id': 'abc-1' } })
  t.is(status, 200)
  t.deepEqual(json, { hello: 'world' })
  t.is(headers['content-type'], 'application/json; charset=utf-8')
  t.is(headers['x-request-id'], 'abc-1')
  t.is(headers['x-content-type-options'], 'nosniff')
  t.is(headers['x-frame-options'], 'DENY')
  t.is(headers['cache-control'], 'no-store')
  t.is(headers['x-powered-by'], undefined)
})

test('a request id that is missing or not fit for a log is replaced', async t => {
  const { request } = await aServer(t, [hello])
  for (const given of [undefined, 'a b', 'x'.repeat(129), '{"a":1}']) {
    const { headers } = await request('/hello', { headers: given === undefined ? {} : { 'x-request-id': given } })
    t.regex(String(headers['x-request-id']), /^[\da-f]{8}-[\da-f]{4}-7/, given)
  }
})

test('what is wrong is told as problem+json with the same members everywhere', async t => {
  const { request } = await aServer(t, [hello])
  const { status, headers, json } = await request('/nothing')
  t.is(status, 404)
  t.is(headers['content-type'], 'application/problem+json')
  t.deepEqual(json, {
    type: 'urn:docket:problem:not_found',
    title: 'Not found',
    status: 404,
    code: 'not_found',
    detail: 'There is nothing at this path.',
    requestId: headers['x-request-id'],
  })
})

test('a known path with another method is 405 and names the allowed ones', async t => {
  const { request } = await aServer(t, [hello])
  const { status, headers, json } = await request('/hello', { method: 'DELETE' })
  t.is(status, 405)
  t.is(headers.allow, 'GET, HEAD, OPTIONS')
  t.is(json.code, 'method_not_allowed')
  t.is((await request('/readyz', { method: 'POST' })).status, 405)
  const options = await request('/hello', { method: 'OPTIONS' })
  t.deepEqual([options.status, options.headers.allow], [204, 'GET, HEAD, OPTIONS'])
  const head = await request('/hello', { method: 'HEAD' })
  t.deepEqual([head.status, head.headers['content-length'], head.text], [200, '17', ''])
})

test('a path that is not percent-encoded UTF-8 is 422, not 500', async t => {
  const byId = route({
    method: 'get',
    path: '/things/:id',
    who: 'anyone',
    summary: 'Thing',
    params: z.object({ id: z.string() }),
    answers,
    handle: async ({ params }) => ok(params),
  })
  const { request } = await aServer(t, [byId])
  for (const id of ['%', '%ff', '%ed%a0%80', '%00', 'a%00b']) t.is((await request(`/things/${id}`)).status, 422, id)
  t.deepEqual((await request('/things/%c3%a9')).json, { id: 'é' })
})

test('a query is parsed by its schema: a name twice, half a character, NUL and wrong values are 422', async t => {
  const list = route({
    method: 'get',
    path: '/list',
    who: 'anyone',
    summary: 'List',
    answers,
    query: z.object({
      search: z.string().max(5).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
    handle: async ({ query }) => ok(query),
  })
  const { request } = await aServer(t, [list])
  t.deepEqual((await request('/list')).json, { limit: 20 })
  t.deepEqual((await request('/list?search=a+b&limit=3')).json, { search: 'a b', limit: 3 })
  for (const query of [
    'search=%00',
    'search=a&search=b',
    'search=%ff',
    'search=%ED%A0%80',
    'limit=0',
    'limit=1e308',
    'limit=x',
    'search=toolong',
    'limit=%',
  ]) {
    const { status, json } = await request(`/list?${query}`)
    t.is(status, 422, query)
    t.is(json.code, 'invalid')
    t.true(Array.isArray(json.errors), query)
  }
  t.deepEqual((await request('/list?limit=x')).json.errors, [
    { path: 'limit', message: 'Invalid input: expected number, received NaN' },
  ])
})

test('a parameter that a route does not know is refused, so that no filter is ignored', async t => {
  const list = route({ ...mine, who: 'anyone', path: '/list', query: z.object({ limit: pageLimit }) })
  const { request } = await aServer(t, [list, route({ ...mine, who: 'anyone', path: '/all' })])
  const unknown = { status: 422, json: { code: 'invalid' } }
  for (const path of ['/list?order=1', '/list?limit=5&Limit=5', '/list?__proto__=x', '/all?order=1'])
    t.like(await request(path), unknown, path)
  t.deepEqual((await request('/list?order=1&constructor=y')).json.errors, [
    { path: 'order', message: 'There is no such parameter' },
    { path: 'constructor', message: 'There is no such parameter' },
  ])
  for (const path of ['/list?limit=5', '/all?limit=5&cursor=', '/all?']) t.is((await request(path)).status, 200, path)
})

for (const who of ['user', 'customer', 'observer', 'operator'] as const)
  test(`a route for ${who} lets in the roles that it names, and no others`, async t => {
    const rule = route({ ...mine, path: '/rule', who })
    const { request } = await aServer(t, [rule])
    for (const role of ['customer', 'observer', 'operator'] as const) {
      const { status, json } = await request('/rule', { token: token({ role }) })
      const isLetIn = callers[who].some(one => one === role)
      t.is(status, isLetIn ? 200 : 403, role)
      if (!isLetIn) t.is(json.code, 'wrong_role')
    }
  })

test('who may ask: anyone, who is logged in, or an operator', async t => {
  const rule = route({
    method: 'get',
    path: '/rule',
    who: 'operator',
    summary: 'Rule',
    answers,
    handle: async ({ user }) => ok(user.role),
  })
  const open = route({
    method: 'get',
    path: '/open',
    who: 'anyone',
    summary: 'Open',
    answers,
    handle: async ({ user }) => ok({ id: user?.id ?? null }),
  })
  const { request } = await aServer(t, [mine, rule, open])

  t.is((await request('/mine')).status, 401)
  t.is((await request('/mine')).headers['www-authenticate'], 'Bearer')
  t.is((await request('/mine', { token: token() })).json.id, customerId)
  t.is((await request('/mine', { headers: { cookie: `a=b; access_token=${token()}` } })).json.username, 'carla')
  t.is((await request('/mine', { headers: { authorization: 'Basic b3BlcmF0b3I6' } })).status, 401)
  t.is((await request('/mine', { headers: { cookie: 'access_token=j:{"role":"operator"}' } })).status, 401)
  t.is((await request('/mine', { token: 'nonsense', headers: { cookie: `access_token=${token()}` } })).status, 401)
  t.is((await request('/rule', { token: token() })).json.code, 'wrong_role')
  t.is((await request('/rule', { token: token() })).status, 403)
  t.is((await request('/rule', { token: operatorToken() })).status, 200)
  t.is((await request('/open', { token: token() })).json.id, customerId)
})

const elsewhere: Record<string, Record<string, string>> = {
  'the origin of another site': { origin: 'https://evil.example' },
  'a neighbour on another port': { origin: 'http://shop.example:8443' },
  'an origin that is hidden': { origin: 'null' },
  'an origin that only begins like ours': { origin: 'https://shop.example.evil.example' },
  'another site, as the browser says': { 'sec-fetch-site': 'cross-site' },
  'a neighbour below the same domain': { 'sec-fetch-site': 'same-site', origin: 'https://shop.example' },
  'what the browser says twice': { 'sec-fetch-site': 'same-origin, cross-site' },
  'with a login that a browser adds by itself': { origin: 'https://evil.example', authorization: 'Basic b2xnYTp4' },
}
const here: Record<string, Record<string, string>> = {
  'a program': {},
  'a page of ours': { origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' },
  'a page of ours in an old browser': { origin: 'https://Shop.example' },
  'a page of ours behind a proxy that changes the host': {
    origin: 'https://www.example',
    'sec-fetch-site': 'same-origin',
  },
  'an address that was typed': { 'sec-fetch-site': 'none' },
}

for (const [what, headers] of Object.entries(elsewhere))
  test(`a page of another site cannot have a browser change anything with its cookies: ${what}`, async t => {
    const { request, db } = await aServer(t, [
      ...(['post', 'patch', 'delete'] as const).map(method =>
        route({ ...hello, method, path: '/sessions', who: 'user' }),
      ),
      route({ ...hello, method: 'post', path: '/logout' }),
    ])
    const cookie = `access_token=${token()}; refresh_token=x`
    for (const [method, path] of [
      ['POST', '/sessions'],
      ['PATCH', '/sessions'],
      ['DELETE', '/sessions'],
      ['POST', '/logout'],
    ] as const) {
      const { status, json } = await request(path, { method, headers: { host: 'shop.example', cookie, ...headers } })
      t.deepEqual([status, json.code], [403, 'foreign_origin'], `${method} ${path}`)
    }
    t.is(db.commits, 0)
  })

for (const [what, headers] of Object.entries(here))
  test(`cookies are good for what comes from here: ${what}`, async t => {
    const { request } = await aServer(t, [route({ ...hello, method: 'post', path: '/cancel', who: 'user' })])
    const cookie = `access_token=${token()}`
    t.is(
      (await request('/cancel', { method: 'POST', headers: { host: 'shop.example', cookie, ...headers } })).status,
      200,
    )
  })

test('a token in the header is good from everywhere, and reading is not changing', async t => {
  const { request } = await aServer(t, [mine, route({ ...hello, method: 'post', path: '/cancel', who: 'user' })])
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  t.is((await request('/cancel', { method: 'POST', token: token(), headers })).status, 200)
  for (const method of ['GET', 'HEAD'])
    t.is((await request('/mine', { method, headers: { ...headers, cookie: `access_token=${token()}` } })).status, 200)
})

test('an old token does not prevent what needs none, such as logging in', async t => {
  const login = route({
    method: 'post',
    path: '/login',
    who: 'anyone',
    summary: 'Login',
    answers,
    handle: async ({ user }) => ok({ id: user?.id ?? null }),
  })
  const { request } = await aServer(t, [login])
  const { status, json } = await request('/login', {
    method: 'POST',
    headers: { cookie: `access_token=${token({ exp: 1 })}` },
  })
  t.deepEqual([status, json.id], [200, null])
})

test('while tokens cannot be checked the answer is 503 with Retry-After', async t => {
  const unavailable = async () => {
    throw new Unavailable('The keys are unavailable.')
  }
  const { request } = await aServer(t, [mine, hello], { authenticate: unavailable })
  const { status, headers, json } = await request('/mine', { token: token() })
  t.deepEqual([status, headers['retry-after'], json.code], [503, '1', 'unavailable'])
  t.is((await request('/hello', { token: token() })).status, 200)
})

test('a refusal has the status that its route lists, and its facts', async t => {
  const refusing = route({
    method: 'post',
    path: '/refusing',
    who: 'anyone',
    summary: 'Refusing',
    answers,
    refusals: { insufficient_stock: 409, too_many_requests: 429 },
    body: z.object({ code: z.string() }),
    handle: async ({ body }) =>
      refused(body.code, 'Only 2 are left.', { available: 2, status: 1, retryAfterSeconds: 1.5 }),
  })
  const { request, log, db } = await aServer(t, [refusing])
  const { status, json, headers } = await request('/refusing', { body: { code: 'insufficient_stock' } })
  t.is(status, 409)
  t.like(json, {
    code: 'insufficient_stock',
    title: 'Insufficient stock',
    detail: 'Only 2 are left.',
    available: 2,
    status: 409,
    requestId: headers['x-request-id'],
  })
  t.is((await request('/refusing', { body: { code: 'too_many_requests' } })).headers['retry-after'], '2')
  t.is(db.commits, 2)

  t.is((await request('/refusing', { body: { code: 'not_listed' } })).status, 500)
  t.deepEqual([db.commits, db.rollbacks], [2, 1])
  t.true(log.some(line => JSON.stringify(line).includes('not_listed')))
})

test('a transient failure is 503 with Retry-After, whatever wraps it; any other is 500 with its stack in the log only', async t => {
  const failing = route({
    method: 'post',
    path: '/fail',
    who: 'anyone',
    summary: 'Fail',
    answers,
    body: z.object({ because: z.string() }),
    async handle({ body }) {
      throw new Error('saving the order', { cause: new Error(body.because) })
    },
  })
  const { request, log } = await aServer(t, [failing])
  const unavailable = await request('/fail', { body: { because: 'connection lost' } })
  t.deepEqual(
    [unavailable.status, unavailable.headers['retry-after'], unavailable.json.code],
    [503, '1', 'unavailable'],
  )

  const wrong = await request('/fail', { body: { because: 'a bug' }, headers: { 'x-request-id': 'r-7' } })
  t.is(wrong.status, 500)
  t.notRegex(wrong.text, /saving|a bug|at /)
  t.is(wrong.json.requestId, 'r-7')
  const line = log.find(one => one.requestId === 'r-7')
  t.regex(JSON.stringify(line), /saving the order.*a bug.*server\.test\.ts/)
})

test('an answer that cannot be written is 500, not a silent connection', async t => {
  const odd = route({
    method: 'get',
    path: '/odd',
    who: 'anyone',
    summary: 'Odd',
    answers,
    handle: async () => ok({ n: 1n }),
  })
  const { request } = await aServer(t, [odd])
  t.is((await request('/odd')).status, 500)
})

test('a write runs in a transaction that knows its trace, a read and a manual route in none', async t => {
  const path = '/x'
  const nothing = {
    who: 'anyone',
    summary: 'Nothing',
    answers: { 204: undefined },
    handle: async () => noContent(),
  } as const
  const routes = [
    route({ ...nothing, method: 'get', path }),
    route({ ...nothing, method: 'patch', path }),
    route({ ...nothing, method: 'delete', path }),
    route({ ...nothing, method: 'post', path, manual: true }),
  ]
  const { request, db } = await aServer(t, routes)
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  for (const method of ['GET', 'PATCH', 'POST', 'DELETE'])
    t.is((await request(path, { method, headers: { traceparent } })).status, 204)
  t.is(db.commits, 2)
  for (const cause of db.causes)
    t.regex(cause, /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[\da-f]{16}-01$/)

  for (const broken of [
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    traceparent.replace(/^00/, 'ff'),
    traceparent.toUpperCase(),
  ]) {
    await request(path, { method: 'PATCH', headers: { traceparent: broken } })
    t.regex(db.causes.at(-1) ?? '', /^00-(?!4bf92f35)(?!0{32})[\da-f]{32}-[\da-f]{16}-01$/, broken)
  }
})

test('cookies are http-only and strict, and Secure unless the host is this machine', async t => {
  const login = route({
    method: 'post',
    path: '/login',
    who: 'anyone',
    summary: 'Login',
    answers,
    handle: async () =>
      ok(
        {},
        {
          cookies: [
            { name: 'access_token', value: 'a b', path: '/', maxAgeSeconds: 900 },
            { name: 'refresh_token', value: undefined, path: '/', maxAgeSeconds: 0 },
          ],
        },
      ),
  })
  const { request } = await aServer(t, [login])
  const cookiesAt = async (host: string) =>
    (await request('/login', { method: 'POST', headers: { host } })).headers['set-cookie'] ?? []
  const [set = '', cleared = ''] = await cookiesAt('docket.example')
  t.regex(set, /^access_token=a%20b; Max-Age=900; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/)
  t.regex(cleared, /^refresh_token=; Path=\/; Expires=Thu, 01 Jan 1970 [^;]+; HttpOnly; Secure; SameSite=Strict$/)
  for (const host of ['localhost:8081', '127.0.0.1:8081', '127.1.2.3', '[::1]:80', 'shop.localhost'])
    t.notRegex((await cookiesAt(host)).join(), /Secure/, host)
  for (const host of ['127.0.0.1.evil.example', 'localhost.example', '10.0.0.1:80', 'notlocalhost'])
    t.regex((await cookiesAt(host)).join(), /Secure/, host)
})

test('a cookie never reaches a handler as an object', async t => {
  const show = route({
    method: 'get',
    path: '/cookies',
    who: 'anyone',
    summary: 'Cookies',
    answers,
    handle: async ({ cookies }) => ok(cookies),
  })
  const { request } = await aServer(t, [show])
  const cookie = 'plain=1; refresh_token=j:{"$ne":1}; encoded=j%3A%7B%22a%22%3A1%7D; nul=a%00b; broken=%ff; number=j:7'
  t.deepEqual((await request('/cookies', { headers: { cookie } })).json, { plain: '1', broken: '%ff' })
})

test('created and noContent say so', async t => {
  const routes = [
    route({
      method: 'post',
      path: '/a',
      who: 'anyone',
      summary: 'A',
      answers,
      handle: async () => created({ id: 1 }, '/a/1'),
    }),
    route({ method: 'delete', path: '/a', who: 'anyone', summary: 'A', answers, handle: async () => noContent() }),
  ]
  const { request } = await aServer(t, routes)
  const made = await request('/a', { method: 'POST' })
  t.deepEqual([made.status, made.headers.location, made.json], [201, '/a/1', { id: 1 }])
  const gone = await request('/a', { method: 'DELETE' })
  t.deepEqual([gone.status, gone.text, gone.headers['content-length']], [204, '', undefined])
})

test('health and the description need no login; what a service waits for is told to operators and observers', async t => {
  let status: 'ready' | 'not_ready' = 'ready'
  let stopping = false
  const readiness = async () => ({
    status,
    service: 's',
    version: 'v',
    uptimeSeconds: 3,
    checks: { database: { ok: true } },
    outbox: { mode: 'relay' as const, rows: 0, oldestSeconds: 0, modes: [] },
  })
  const { request, observed } = await aServer(t, [mine], { readiness, isStopping: () => stopping })
  t.is((await request('/livez')).status, 200)
  t.deepEqual((await request('/readyz')).json, { status: 'ready' })
  for (const stranger of [token(), 'nonsense', token({ role: 'operator', exp: 1 })])
    t.deepEqual((await request('/readyz', { token: stranger })).json, { status: 'ready' })
  for (const known of [operatorToken(), observerToken()])
    t.like((await request('/readyz', { token: known })).json, { status: 'ready', uptimeSeconds: 3 })
  const cookie = `access_token=${operatorToken()}`
  t.like((await request('/readyz', { headers: { cookie } })).json, { uptimeSeconds: 3 })
  status = 'not_ready'
  t.deepEqual([(await request('/readyz')).status, (await request('/readyz')).headers['retry-after']], [503, '1'])
  status = 'ready'
  stopping = true
  t.like((await request('/readyz')).json, { status: 'not_ready' })
  t.is((await request('/livez')).status, 200)
  t.is((await request('/metrics', { token: operatorToken() })).status, 404)
  t.like((await request('/openapi.json')).json, { openapi: '3.1.0', info: { title: 'test-service', version: '1.2.3' } })
  t.deepEqual(observed, ['GET (none) 404'])
})

test('health is told while the database that confirms who is calling is unavailable', async t => {
  const confirms = () => Promise.reject(new Error('connection lost'))
  const { request } = await aServer(t, [mine], { confirms })
  t.is((await request('/mine', { token: operatorToken() })).status, 503)
  t.like((await request('/readyz', { token: operatorToken() })).json, { status: 'ready', uptimeSeconds: 1 })
})

test('whoever the service no longer knows so is a guest where guests may be, and is refused elsewhere', async t => {
  const greeted = route({
    method: 'get',
    path: '/greeted',
    who: 'anyone',
    summary: 'Greeted',
    answers,
    handle: async ({ user }) => ok({ name: user?.username ?? 'guest' }),
  })
  const { request } = await aServer(t, [mine, greeted], { confirms: async ({ role }) => role === 'customer' })
  t.is((await request('/mine', { token: token() })).status, 200)
  t.is((await request('/mine', { token: operatorToken() })).status, 401)
  t.like((await request('/greeted', { token: operatorToken() })).json, { name: 'guest' })
  t.like((await request('/greeted', { token: token() })).json, { name: 'carla' })
})

test('the client has the address that the proxy says, and only a proxy that is named is believed', async t => {
  const whence = route({
    method: 'get',
    path: '/whence',
    who: 'anyone',
    summary: 'Whence',
    answers,
    handle: async ({ ip }) => ok({ ip }),
  })
  const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' } // the client forged the first one
  const [behind, open] = [await aServer(t, [whence], { trustProxy: 'loopback' }), await aServer(t, [whence])]
  t.deepEqual((await behind.request('/whence', { headers })).json, { ip: '203.0.113.9' })
  t.regex(String((await open.request('/whence', { headers })).json.ip), /127\.0\.0\.1$/)
})

test('a server that is about to stop still answers, and closes the connection after the answer', async t => {
  let stopping = false
  const { request } = await aServer(t, [mine], { isStopping: () => stopping })
  t.not((await request('/mine', { token: token(), headers: { connection: 'keep-alive' } })).headers.connection, 'close')
  stopping = true
  const answer = await request('/mine', { token: token(), headers: { connection: 'keep-alive' } })
  t.deepEqual([answer.status, answer.headers.connection], [200, 'close'])
})

test('a client is told to keep an idle connection for less time than a service that stops serves on', async t => {
  const { headers } = await (await aServer(t, [hello])).request('/hello', { headers: { connection: 'keep-alive' } })
  t.is(headers['keep-alive'], 'timeout=4') // in a cluster it serves on for 5 s: k8s/base/patches/service.yaml
})

test('the metrics see the template of the path, not the path', async t => {
  const byId = route({
    method: 'get',
    path: '/orders/:id',
    who: 'anyone',
    summary: 'Order',
    answers,
    handle: async () => ok({}),
  })
  const { request, observed } = await aServer(t, [byId])
  await request('/orders/1')
  await request('/orders/2', { method: 'DELETE' })
  await request('/secret/3')
  t.deepEqual(observed, ['GET /orders/:id 200', 'DELETE /orders/:id 405', 'GET (none) 404'])
})

test('requests above the limit are rejected, and the others answered', async t => {
  const gate = Promise.withResolvers<void>()
  let inside = 0
  const slow = route({
    method: 'get',
    path: '/slow',
    who: 'anyone',
    summary: 'Slow',
    answers,
    async handle() {
      if (++inside === 2) full.resolve()
      await gate.promise
      return ok({})
    },
  })
  const full = Promise.withResolvers<void>()
  const { request } = await aServer(t, [slow, hello], { limits: { requests: 2 } })
  const running = [request('/slow'), request('/slow')]
  await full.promise
  const unavailable = await request('/hello')
  t.deepEqual(
    [unavailable.status, unavailable.headers['retry-after'], unavailable.json.code],
    [503, '1', 'unavailable'],
  )
  t.is((await request('/livez')).status, 200)
  gate.resolve()
  t.deepEqual(
    (await Promise.all(running)).map(({ status }) => status),
    [200, 200],
  )
  t.is((await request('/hello')).status, 200)
})

test('a server that stops finishes running requests, accepts no new ones and closes idle connections', async t => {
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  let inside = 0
  const slow = route({
    method: 'get',
    path: '/slow',
    who: 'anyone',
    summary: 'Slow',
    answers,
    async handle() {
      if (++inside === 2) entered.resolve()
      await gate.promise
      return ok({ done: true })
    },
  })
  const { request, port, server } = await aServer(t, [slow])
  const idle = connect(port).on('error', () => t.fail('an idle connection is ended, not reset'))
  idle.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(idle, 'data')
  const keptAlive = connect(port)
  keptAlive.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
  const running = request('/slow', { headers: { connection: 'keep-alive' } })
  await entered.promise
  const idleEnded = once(idle.resume(), 'end')
  const keptEnded = once(keptAlive.resume(), 'end')
  const closed = server.close()
  await idleEnded
  await t.throwsAsync(request('/livez'), { code: 'ECONNREFUSED' })
  gate.resolve()
  t.deepEqual((await running).json, { done: true })
  await keptEnded
  await closed
})

test('a server that stops waits no longer than its limit', async t => {
  const entered = Promise.withResolvers<void>()
  const stuck = route({
    method: 'get',
    path: '/stuck',
    who: 'anyone',
    summary: 'Stuck',
    answers,
    handle: () => {
      entered.resolve()
      return new Promise<never>(() => undefined)
    },
  })
  const { request, server } = await aServer(t, [stuck])
  const running = t.throwsAsync(request('/stuck'))
  await entered.promise
  await server.close(20)
  await running
})

test('the error of a port in use names it', async t => {
  const { port } = await aServer(t, [])
  await t.throwsAsync(aServer(t, [], { port }), { message: new RegExp(`port ${port}.*EADDRINUSE`) })
})

test('the signal of a request tells that its client left', async t => {
  const left = Promise.withResolvers<boolean>()
  const entered = Promise.withResolvers<void>()
  const slow = route({
    method: 'get',
    path: '/slow',
    who: 'anyone',
    summary: 'Slow',
    answers,
    async handle({ signal }) {
      entered.resolve()
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      left.resolve(signal.aborted)
      return ok({})
    },
  })
  const { port, observed } = await aServer(t, [slow])
  const client = connect(port)
  client.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
  await entered.promise
  client.destroy()
  t.true(await left.promise)
  t.deepEqual(observed, ['GET /slow 499'])
})

test('what is not HTTP, or has headers without end, gets a problem and no connection', async t => {
  const { port } = await aServer(t, [hello])
  const exchange = async (text: string) => {
    const client = connect(port)
    let answer = ''
    client
      .on('data', (chunk: Buffer) => {
        answer += chunk.toString()
      })
      .write(text)
    await once(client, 'close')
    return answer
  }
  t.regex(await exchange('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 [^]*problem\+json[^]*"code":"not_http"/)
  t.regex(
    await exchange(`GET /hello HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 [^]*headers_too_large/,
  )
})
