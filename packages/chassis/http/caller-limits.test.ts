import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'ava'
import { z } from 'zod'
import { aServer, operatorToken, token } from '@docket/test/support/http-server.ts'
import { until } from '@docket/test/support/until.ts'
import { aborted } from '@docket/foundation/abort.ts'
import type { CallerLimits } from './caller-limits.ts'
import type { Authenticator } from './auth.ts'
import { ok, route, weightOfPage, type Route } from './route.ts'

const anna = token()
const ben = token({ sub: '018f2c00-0000-7000-8000-00000000000b' })

const answers = { 200: z.unknown() }
const mine = route({ method: 'get', path: '/mine', who: 'user', summary: '', answers, handle: async () => ok({}) })
const open = route({ method: 'get', path: '/open', who: 'anyone', summary: '', answers, handle: async () => ok({}) })
const written = route({
  method: 'post',
  path: '/written',
  who: 'user',
  summary: '',
  body: z.object({ text: z.string() }),
  answers,
  handle: async () => ok({}),
})

function waitingRoute(more: Pick<Route, 'who' | 'isHeavy'>) {
  const { promise, resolve: go } = Promise.withResolvers<void>()
  const seen = { waiting: 0 }
  const slow = route({
    method: 'get',
    path: '/slow',
    summary: '',
    answers,
    ...more,
    async handle() {
      seen.waiting++
      await promise
      return ok({})
    },
  })
  return { slow, go, seen }
}

const limited = (ofCaller: Partial<CallerLimits>, more = {}) => ({
  limits: { ofCaller: { requests: { perSecond: 0.001, burst: 3 }, underWay: 50, heavy: 4, streams: 20, ...ofCaller } },
  ...more,
})

test('who asks too much gets 429 and is told when to come back; others are served', async t => {
  const { request } = await aServer(t, [mine, open], limited({}))
  for (let i = 0; i < 3; i++) t.is((await request('/mine', { token: anna })).status, 200)
  const { status, headers, json } = await request('/mine', { token: anna })
  t.is(status, 429)
  t.true(Number(headers['retry-after']) > 900)
  t.is(json.code, 'too_many_requests')
  t.is((await request('/mine', { token: ben })).status, 200)
  t.is((await request('/open')).status, 200)
})

const byName: Authenticator = async bearer => ({
  id: bearer,
  username: bearer,
  role: 'customer',
  sessionId: bearer,
  rightsVersion: 1,
  expiresAtMs: Infinity,
})

test('who is refused for a role counts, and is confirmed only behind the limits', async t => {
  const managed = route({
    method: 'get',
    path: '/managed',
    who: 'operator',
    summary: '',
    answers,
    handle: async () => ok({}),
  })
  let confirmations = 0
  const confirms = async () => {
    confirmations++
    return true
  }
  const { request } = await aServer(t, [managed, mine], limited({}, { authenticate: byName, confirms }))
  for (let i = 0; i < 3; i++) t.is((await request('/managed', { token: 'anna' })).status, 403)
  t.is((await request('/managed', { token: 'anna' })).status, 429)
  t.is((await request('/mine', { token: 'anna' })).status, 429)
  t.is(confirmations, 0)
  t.is((await request('/mine', { token: 'ben' })).status, 200)
  t.is(confirmations, 1)
})

test('several accounts at one address have no more of what takes much CPU', async t => {
  const { slow, go, seen } = waitingRoute({ who: 'anyone', isHeavy: true })
  const { request } = await aServer(t, [slow], limited({ requests: { perSecond: 50, burst: 50 } }))
  const under = Array.from({ length: 4 }, (_, n) => request('/slow', { token: n < 2 ? anna : ben }))
  await until('four are under way', async () => seen.waiting === 4)
  t.is((await request('/slow', { token: ben })).status, 429)
  go()
  for (const answer of under) t.is((await answer).status, 200)
})

test('requests that are sent behind one that is not answered hold no places of others', async t => {
  const { slow, go } = waitingRoute({ who: 'anyone' })
  const { port, request } = await aServer(t, [slow, open], { limits: { requests: 100 } })
  const socket = connect(port, '127.0.0.1')
  const closed = once(
    socket.on('error', () => undefined),
    'close',
  )
  socket.write(`GET /slow HTTP/1.1\r\nhost: a\r\n\r\n${'GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(500)}`)
  await closed
  t.is((await request('/open')).status, 200)
  go()
})

test('a large page counts as many requests', async t => {
  const list = route({
    method: 'get',
    path: '/list',
    who: 'user',
    summary: '',
    query: z.object({ limit: z.coerce.number() }),
    weight: weightOfPage,
    answers,
    handle: async () => ok({}),
  })
  const { request } = await aServer(t, [list, mine], limited({ requests: { perSecond: 0.001, burst: 30 } }))
  t.is((await request('/list?limit=500', { token: anna })).status, 200)
  for (let i = 0; i < 5; i++) t.is((await request('/list?limit=20', { token: anna })).status, 200)
  t.is((await request('/list?limit=20', { token: anna })).status, 429)
  t.is((await request('/list?limit=500', { token: ben })).status, 200)
})

test('an operator may ask ten times as much', async t => {
  const { request } = await aServer(t, [mine], limited({}))
  for (let i = 0; i < 30; i++) t.is((await request('/mine', { token: operatorToken() })).status, 200)
  t.is((await request('/mine', { token: operatorToken() })).status, 429)
})

test('guests are limited by their address, which is the one that the proxy says, and refused tokens count', async t => {
  const { request } = await aServer(t, [mine, open], limited({}, { trustProxy: 'loopback' }))
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  t.is((await request('/mine', { ...from('192.0.2.1'), token: 'a.b.c' })).status, 401)
  t.is((await request('/mine', from('192.0.2.1'))).status, 401)
  t.is((await request('/open', from('192.0.2.1'))).status, 200)
  t.is((await request('/open', from('192.0.2.1'))).status, 429)
  t.is((await request('/mine', from('192.0.2.1'))).status, 429)
  t.is((await request('/open', from('192.0.2.2'))).status, 200)
})

test('a request that is refused is not read', async t => {
  const { port, request } = await aServer(t, [mine, written], limited({}))
  for (let i = 0; i < 3; i++) await request('/mine', { token: anna })
  const status = await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${anna}`, 'content-type': 'application/json', 'content-length': '1000' }
    const sent = httpRequest({ port, path: '/written', method: 'POST', agent: false, headers }, ({ statusCode }) => {
      resolve(statusCode)
      sent.destroy()
    })
    sent.on('error', reject).flushHeaders() // its body never comes
  })
  t.is(status, 429)
})

test('one user has no more than so many requests under way, and another is served meanwhile', async t => {
  const { slow, go, seen } = waitingRoute({ who: 'user' })
  const { request } = await aServer(t, [slow, mine], {
    limits: { requests: 5, ofCaller: { requests: { perSecond: 50, burst: 200 }, underWay: 3, heavy: 2, streams: 1 } },
  })
  const first = [1, 2, 3].map(() => request('/slow', { token: anna }))
  await until('three are under way', async () => seen.waiting === 3)
  t.deepEqual(
    [(await request('/slow', { token: anna })).status, (await request('/mine', { token: ben })).status],
    [429, 200],
  )
  go()
  for (const { status } of await Promise.all(first)) t.is(status, 200)
  t.is((await request('/slow', { token: anna })).status, 200)
})

test('who leaves while it is found out who asks is not under way for ever', async t => {
  const known = Promise.withResolvers<void>()
  let seen = 0
  const authenticate: Authenticator = async bearer => {
    seen++
    await known.promise
    return byName(bearer)
  }
  const { port, request, observed } = await aServer(
    t,
    [mine],
    limited({ requests: { perSecond: 50, burst: 50 }, underWay: 1 }, { authenticate }),
  )
  const early = httpRequest({ port, path: '/mine', agent: false, headers: { authorization: 'Bearer anna' } })
  early.on('error', () => undefined).end()
  await until('the server asks', async () => seen === 1)
  early.destroy()
  await until('the server has noticed', async () => observed.length === 1)
  known.resolve()
  t.is((await request('/mine', { token: 'anna' })).status, 200)
  t.deepEqual(observed, ['GET /mine 499', 'GET /mine 200'])
})

test('of what takes much CPU one address has few at a time', async t => {
  const { slow, go, seen } = waitingRoute({ who: 'anyone', isHeavy: true })
  const { request } = await aServer(t, [slow, open], { trustProxy: 'loopback' })
  const logIn = (address: string) => request('/slow', { headers: { 'x-forwarded-for': address } })
  const first = [1, 2, 3, 4].map(() => logIn('192.0.2.1'))
  await until('four are under way', async () => seen.waiting === 4)
  t.is((await logIn('192.0.2.1')).status, 429)
  t.is((await request('/open', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status, 200)
  const other = logIn('192.0.2.2')
  await until('another is served', async () => seen.waiting === 5)
  go()
  for (const { status } of await Promise.all([...first, other])) t.is(status, 200)
})

test('one user has no more than so many streams, and a stream that ends makes room', async t => {
  const silent = route({
    method: 'get',
    path: '/stream',
    who: 'user',
    summary: '',
    answers: { 200: z.string() },
    handle: async ({ signal }) => ({
      status: 200,
      stream: (async function* () {
        yield { id: '1', event: 'begun', data: {} }
        await aborted(signal)
      })(),
    }),
  })
  const { port, request } = await aServer(t, [silent, mine], {
    limits: { ofCaller: { requests: { perSecond: 50, burst: 200 }, underWay: 1, heavy: 1, streams: 2 } },
  })
  const follow = (bearer: string) =>
    new Promise<{ status: number | undefined; end(): void }>((resolve, reject) => {
      const sent = httpRequest(
        { port, path: '/stream', agent: false, headers: { authorization: `Bearer ${bearer}` } },
        res => resolve({ status: res.statusCode, end: () => void res.destroy() }),
      )
      sent.on('error', reject).end()
    })
  const [first, second] = [await follow(anna), await follow(anna)]
  t.deepEqual([first.status, second.status], [200, 200])
  const third = await request('/stream', { token: anna })
  t.deepEqual([third.status, third.json.code, third.headers['retry-after']], [429, 'too_many_requests', '5'])
  t.is((await request('/mine', { token: anna })).status, 200, 'a stream is not under way')
  const others = await follow(ben)
  t.is(others.status, 200)
  first.end()
  await until('the server has noticed that one has left', async () => {
    const again = await follow(anna)
    again.end()
    return again.status === 200
  })
  second.end()
  others.end()
})

test('who does not heed refusals gets them late, and they take no place of others meanwhile', async t => {
  const { request } = await aServer(t, [mine], {
    limits: {
      requests: 60,
      ofCaller: { requests: { perSecond: 0.001, burst: 1 }, underWay: 50, heavy: 1, streams: 1 },
    },
  })
  const timed = async () => {
    const began = performance.now()
    const { status } = await request('/mine', { token: anna })
    return { status, ms: performance.now() - began }
  }
  await timed()
  const refused = Array.from({ length: 150 }, timed)
  await Promise.race(refused)
  t.is((await request('/mine', { token: ben })).status, 200)
  const late = (await Promise.all(refused)).filter(({ status, ms }) => status === 429 && ms >= 990)
  t.true(late.length > 60, `${late.length} were late`) // twenty at once, then twenty a second
})

test('more connections of one customer than there are places leave another his', async t => {
  const { slow, go } = waitingRoute({ who: 'user' })
  let seen = 0
  const { port, request } = await aServer(t, [slow, mine], {
    limits: { requests: 200 }, // 1,000 unless a test says otherwise
    authenticate: async bearer => {
      seen++
      return byName(bearer)
    },
  })
  const sockets: Socket[] = []
  while (sockets.length < 300) {
    const more = Array.from({ length: 100 }, () => connect(port, '127.0.0.1')) // as many as may wait to be accepted
    sockets.push(...more)
    await Promise.all(more.map(socket => once(socket, 'connect')))
    for (const socket of more)
      socket.on('error', () => undefined).write('GET /slow HTTP/1.1\r\nhost: x\r\nauthorization: Bearer anna\r\n\r\n')
  }
  t.teardown(() => {
    go()
    for (const socket of sockets) socket.destroy()
  })
  await until('all are there', async () => seen === 300)
  for (let i = 0; i < 20; i++) t.is((await request('/mine', { token: 'ben' })).status, 200)
})
