import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { aServer, customerId, inSeconds, operatorId, token } from '@docket/test/support/http-server.ts'
import { slow } from '@docket/test/support/slow.ts'
import { aborted } from '@docket/foundation/abort.ts'
import { revocations } from './revocations.ts'
import { route, type RouteRequest, type StreamEvent } from './route.ts'

type Streams = (
  request: Pick<RouteRequest<unknown, unknown, unknown, 'anyone'>, 'signal' | 'headers'>,
) => AsyncIterable<StreamEvent>

const streaming = (events: Streams, who: 'anyone' | 'user' = 'anyone') =>
  route({
    method: 'get',
    path: '/stream',
    who,
    summary: 'Stream',
    answers: { 200: z.string() },
    handle: async request => ({ status: 200, stream: events(request) }),
  })

const step = (n: number): StreamEvent => ({ id: String(n), event: 'step', data: { n } })

const silence: Streams = async function* ({ signal }) {
  await aborted(signal)
  yield* []
}

async function open(port: number, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const [res] = (await once(get({ port, path: '/stream', agent: false, headers }), 'response')) as [IncomingMessage]
  return res.setEncoding('utf8')
}

async function until(res: IncomingMessage, text: string): Promise<string> {
  let read = ''
  for await (const chunk of res.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    read += chunk
    if (read.includes(text)) return read
  }
  return read
}

test('events arrive as they are emitted, and the response ends with the stream', async t => {
  const { request, observed } = await aServer(t, [
    streaming(async function* () {
      yield step(1)
      yield { id: 'a\nb', event: 'x\r\ny', data: 'line\nbreak' }
    }),
  ])
  const { status, headers, text } = await request('/stream')
  t.is(status, 200)
  t.is(headers['content-type'], 'text/event-stream')
  t.is(headers['cache-control'], 'no-store')
  t.is(text, 'retry: 1000\n\nid: 1\nevent: step\ndata: {"n":1}\n\nid: a b\nevent: x  y\ndata: "line\\nbreak"\n\n')
  t.deepEqual(observed, ['GET /stream 200'])
})

test('events that are there together are sent in one chunk, also those that other streams were sent before', async t => {
  const shared = [1, 2, 3].map((n): StreamEvent => ({ id: String(n), event: 'step', json: `{"n":${n}}` }))
  const { port } = await aServer(t, [
    streaming(async function* ({ signal }) {
      yield* shared
      await aborted(signal)
    }),
  ])
  for (const _ of ['one', 'another']) {
    const client = connect(port)
    client.write('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n')
    let text = ''
    for await (const chunk of client) if ((text += String(chunk)).includes('{"n":3}\n\n\r\n')) break
    const chunks = [...text.matchAll(/^[0-9a-f]+\r\n([^\r]+)\r\n/gm)].map(([, chunk]) => chunk)
    t.deepEqual(chunks.slice(1), [
      'id: 1\nevent: step\ndata: {"n":1}\n\nid: 2\nevent: step\ndata: {"n":2}\n\nid: 3\nevent: step\ndata: {"n":3}\n\n',
    ])
  }
})

test('a client that comes back says what it saw last', async t => {
  const { request } = await aServer(t, [
    streaming(async function* ({ headers }) {
      for (let n = Number(headers['last-event-id'] ?? 0) + 1; n <= 3; n++) yield step(n)
    }),
  ])
  t.regex((await request('/stream', { headers: { 'last-event-id': '2' } })).text, /^retry: 1000\n\nid: 3\n[^]*\n\n$/)
})

test('a silent stream is kept open by comments', async t => {
  const { port } = await aServer(t, [streaming(silence)], { heartbeatMs: 5 })
  const res = await open(port)
  t.is(await until(res, ':\n\n:\n\n'), 'retry: 1000\n\n:\n\n:\n\n')
  res.destroy()
})

test('a client that leaves ends the stream, and what it holds is let go', async t => {
  const released = Promise.withResolvers<string>()
  const { port } = await aServer(t, [
    streaming(async function* ({ signal }) {
      try {
        yield step(1)
        await aborted(signal)
      } finally {
        released.resolve('released')
      }
    }),
  ])
  const res = await open(port)
  await until(res, 'id: 1')
  res.destroy()
  t.is(await released.promise, 'released')
})

test('a stream that does not look at the signal is ended all the same', async t => {
  const returned = Promise.withResolvers<string>()
  const { port } = await aServer(t, [
    streaming(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        async return() {
          returned.resolve('returned')
          return { done: true, value: undefined }
        },
      }),
    })),
  ])
  const res = await open(port)
  await until(res, 'retry')
  res.destroy()
  t.is(await returned.promise, 'returned')
})

test('a server that stops ends its streams', async t => {
  const { port, server } = await aServer(t, [
    streaming(async function* ({ signal }) {
      yield step(1)
      await aborted(signal)
    }),
  ])
  const res = await open(port)
  await until(res, 'id: 1')
  const ended = once(res.resume(), 'end')
  await server.close()
  await ended
  t.true(res.complete)
})

test('no more is read from a stream than its client reads', async t => {
  let produced = 0
  const { port } = await aServer(t, [
    streaming(async function* ({ signal }) {
      for (; produced < 100_000 && !signal.aborted; produced++)
        yield { id: String(produced), event: 'step', data: 'x'.repeat(10_000) }
    }),
  ])
  const client = connect(port)
  client.write('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(client, 'readable') // and then reads nothing
  let before = -1
  while (before !== produced) {
    // the buffers of both sides, which hold some megabytes, are full
    before = produced
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
  }
  t.true(produced < 5_000, `${produced} of 100,000 were produced`)
  client.resume()
  while (produced === before) await new Promise(setImmediate)
  client.destroy()
})

test('a stream that breaks ends, and the log says why', async t => {
  const { request, log } = await aServer(t, [
    streaming(async function* () {
      yield step(1)
      throw new Error('connection lost')
    }),
  ])
  t.regex((await request('/stream')).text, /id: 1/)
  t.true(log.some(line => JSON.stringify(line).includes('connection lost')))
})

test('streams have a limit of their own, and requests go on beside them', async t => {
  const { port, request } = await aServer(t, [streaming(silence)], { limits: { streams: 1, requests: 1 } })
  const first = await open(port)
  const second = await request('/stream')
  t.deepEqual([second.status, second.json.code], [503, 'unavailable'])
  first.destroy()
  for (;;) {
    // until the server has noticed that the first client left
    const res = await open(port)
    const { statusCode } = res
    res.destroy()
    if (statusCode === 200) break
  }
  t.pass()
})

test('a client that leaves before its stream begins takes no place of others', async t => {
  const begins = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const { port, observed } = await aServer(
    t,
    [
      route({
        method: 'get',
        path: '/stream',
        who: 'anyone',
        summary: 'Stream',
        answers: { 200: z.string() },
        async handle({ signal }) {
          void aborted(signal).then(gone.resolve)
          await begins.promise
          return { status: 200, stream: silence({ signal, headers: {} }) }
        },
      }),
    ],
    { limits: { streams: 1, requests: 1 } },
  )
  const early = get({ port, path: '/stream', agent: false }).on('error', () => undefined)
  await once(early, 'socket')
  await once(early, 'finish')
  const leaves = setInterval(() => early.destroy(), 50)
  t.teardown(() => clearInterval(leaves))
  await gone.promise
  begins.resolve()
  const res = await open(port)
  t.is(res.statusCode, 200)
  res.destroy()
  t.deepEqual(observed, ['GET /stream 499', 'GET /stream 200'])
})

test('HEAD on a stream ends at once', async t => {
  const { request } = await aServer(t, [streaming(silence)])
  const { status, headers } = await request('/stream', { method: 'HEAD' })
  t.deepEqual([status, headers['content-type']], [200, 'text/event-stream'])
})

async function aStreamOf(t: ExecutionContext, bearer: string) {
  const memory = revocations()
  const opened = streaming(async function* ({ signal }) {
    yield step(1)
    await aborted(signal)
  }, 'user')
  const { port } = await aServer(t, [opened], { isRevoked: memory.isRevoked })
  const another = async (bearer: string) => {
    const res = await open(port, { authorization: `Bearer ${bearer}` })
    await until(res, 'id: 1')
    return { res, ended: once(res.resume(), 'end') }
  }
  return { memory, another, ...(await another(bearer)) }
}

test('a stream ends when its session is revoked', async t => {
  const sid = '018f2c00-0000-7000-8000-000000000051'
  const { memory, res, ended } = await aStreamOf(t, token({ sid }))
  memory.apply('session.revoked', { userId: customerId, sessionId: sid })
  await ended
  t.true(res.complete)
})

test('streams are watched again after there were none', async t => {
  const [first, second] = ['018f2c00-0000-7000-8000-000000000052', '018f2c00-0000-7000-8000-000000000053'] as const
  const { memory, another, ended } = await aStreamOf(t, token({ sid: first }))
  memory.apply('session.revoked', { userId: customerId, sessionId: first })
  await ended
  const later = await another(token({ sid: second }))
  memory.apply('session.revoked', { userId: customerId, sessionId: second })
  await later.ended
  t.true(later.res.complete)
})

test('a stream ends when the rights of its caller change, and not when those of another do', async t => {
  const { memory, res, ended } = await aStreamOf(t, token({ rv: 1 }))
  const other = await aStreamOf(t, token({ rv: 1 }))
  for (const one of [memory, other.memory]) one.apply('user.role_changed', { userId: operatorId, rightsVersion: 2 })
  memory.apply('user.role_changed', { userId: customerId, rightsVersion: 2 })
  await ended
  t.true(res.complete)
  t.false(other.res.complete)
})

test('a stream ends when the token expires that it was opened with', async t => {
  slow(t, 6, 'a token ends then')
  const exp = inSeconds(6)
  const { res, ended } = await aStreamOf(t, token({ exp }))
  await ended
  t.true(res.complete)
  t.true(Date.now() >= exp * 1_000)
})
