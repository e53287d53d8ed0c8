import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { request, type IncomingMessage } from 'node:http'
import { startProxy } from '@docket/test/support/proxy.ts'
import { keyring } from './access.ts'
import { serveBoard, type Listener, type PageRequest } from './server.ts'

const files = new Map([
  ['/', { type: 'text/html; charset=utf-8', text: '<p>the page</p>' }],
  ['/board.js', { type: 'text/javascript; charset=utf-8', text: 'the script' }],
])

async function aBoard(t: ExecutionContext) {
  const keys = keyring()
  const opened: { asks: PageRequest; to: Listener; isGone: Promise<void> }[] = []
  const server = await serveBoard({
    port: 0,
    keys,
    files,
    listen(asks, to) {
      const gone = Promise.withResolvers<void>()
      opened.push({ asks, to, isGone: gone.promise })
      to.send('view', { title: 'Flow' })
      return gone.resolve
    },
  })
  t.teardown(server.close)
  const ask = (
    path: string,
    headers: Record<string, string> = {},
    { method = 'GET', body = '', port = server.port } = {},
  ) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const host = `127.0.0.1:${server.port}`
      request({ port, host: '127.0.0.1', path, method, headers: { host, ...headers } }, resolve)
        .on('error', reject)
        .end(body)
    })
  return { port: server.port, keys, opened, ask, key: () => keys.exchange(keys.link()) ?? '' }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of answer) text += String(piece)
  return text
}

test('every answer forbids scripts of others, frames, caches and referrers', async t => {
  const { ask } = await aBoard(t)
  for (const [path, status] of [
    ['/', 200],
    ['/orders/some-order', 200],
    ['/nothing.js', 404],
    ['/stream/flow', 401],
  ] as const) {
    const { statusCode, headers } = await ask(path)
    t.is(statusCode, status, path)
    const policy = String(headers['content-security-policy'])
    t.regex(policy, /default-src 'none'/)
    t.regex(policy, /script-src 'self'/)
    t.regex(policy, /frame-ancestors 'none'/)
    t.notRegex(policy, /unsafe/)
    t.like(headers, {
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    t.is(headers['set-cookie'], undefined)
  }
})

test('each view has an address of its own, which gives the page without data', async t => {
  const { ask } = await aBoard(t)
  for (const path of ['/', '/flow', '/orders?status=open', '/orders/01981b2c'])
    t.is(await textOf(await ask(path)), '<p>the page</p>')
  t.is(await textOf(await ask('/board.js')), 'the script')
})

test('no path leaves the files of the page', async t => {
  const { ask } = await aBoard(t)
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/board.css/../../main.ts', '//etc/passwd.txt'])
    t.is((await ask(path)).statusCode, 404, path)
})

test('a link gives a key, once, and the key opens streams', async t => {
  const { ask, keys, opened } = await aBoard(t)
  const token = keys.link()
  const exchange = () => ask('/session', {}, { method: 'POST', body: token })
  const { key } = JSON.parse(await textOf(await exchange())) as { key: string }
  t.is((await exchange()).statusCode, 401)
  const stream = await ask('/stream/orders?status=open', { 'x-board-key': key, 'last-event-id': 'a.7' })
  t.is(stream.statusCode, 200)
  t.is(stream.headers['content-type'], 'text/event-stream; charset=utf-8')
  t.like(opened[0]?.asks, { view: 'orders', lastEventId: 'a.7' })
  t.is(opened[0]?.asks.query.get('status'), 'open')
  stream.destroy()
  await opened[0]?.isGone
})

test('without a key there is no data, and nothing is listened to', async t => {
  const { ask, keys, opened } = await aBoard(t)
  for (const key of ['', 'x', keys.link()]) t.is((await ask('/stream/flow', { 'x-board-key': key })).statusCode, 401)
  t.is((await ask('/stream/flow', { cookie: 'x-board-key=1' })).statusCode, 401)
  t.is(opened.length, 0)
})

test('another page, a rebound name and a frame get nothing, even with a key', async t => {
  const { ask, key, opened } = await aBoard(t)
  const own = { 'x-board-key': key() }
  const others: Record<string, string>[] = [
    { host: 'rebound.example' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of others) {
    t.is((await ask('/stream/flow', { ...own, ...headers })).statusCode, 403)
    t.is((await ask('/', headers)).statusCode, 403)
  }
  t.is(opened.length, 0)
})

test('by way of a forwarded port with another number a link gives a key, and the key opens streams', async t => {
  const board = await aBoard(t)
  const forwarded = await startProxy({ host: '127.0.0.1', port: board.port })
  t.teardown(forwarded.close)
  t.not(forwarded.port, board.port)
  const { port } = forwarded
  for (const name of ['localhost', '127.0.0.1', '[::1]']) {
    const host = `${name}:${port}`
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
    const opening = { host, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
    t.is(await textOf(await board.ask('/', opening, { port })), '<p>the page</p>')
    const session = await board.ask('/session', own, { method: 'POST', body: board.keys.link(), port })
    const { key } = JSON.parse(await textOf(session)) as { key: string }
    const stream = await board.ask('/stream/flow', { ...own, 'x-board-key': key }, { port })
    const [first] = (await once(stream, 'data')) as [Buffer]
    t.regex(first.toString(), /"title":"Flow"/)
    stream.destroy()
    await board.opened.at(-1)?.isGone
  }
})

test("another user's program gets the empty page, and neither a key nor data", async t => {
  const { ask, keys, opened } = await aBoard(t)
  const used = keys.link()
  keys.exchange(used)
  t.is(await textOf(await ask('/')), '<p>the page</p>')
  for (const body of ['', 'x', used, `${keys.link()}x`]) {
    const session = await ask('/session', {}, { method: 'POST', body })
    t.is(session.statusCode, 401)
    t.notRegex(await textOf(session), /key"/)
  }
  const guesses: Record<string, string>[] = [
    {},
    { 'x-board-key': used },
    { authorization: `Bearer ${used}` },
    { cookie: `x-board-key=${used}` },
  ]
  for (const view of ['flow', 'orders', 'rates', 'ticker', 'orders/01981b2c-7d3e-7a10-8c4f-000000000001'])
    for (const headers of guesses) t.is((await ask(`/stream/${view}`, headers)).statusCode, 401)
  t.is(opened.length, 0)
})

test('a rebound name and a page on another port take no link from its owner', async t => {
  const { ask, keys, port } = await aBoard(t)
  const token = keys.link()
  const others: Record<string, string>[] = [
    { host: `rebound.example:${port}`, origin: `http://rebound.example:${port}`, 'sec-fetch-site': 'same-origin' },
    { host: `127.0.0.1.rebound.example:${port}` },
    { origin: `http://127.0.0.1:${port + 1}`, 'sec-fetch-site': 'same-site' },
    { origin: `http://localhost:${port}`, 'sec-fetch-site': 'cross-site' }, // the same server under its other name
    { origin: 'null' },
  ]
  for (const headers of others) t.is((await ask('/session', headers, { method: 'POST', body: token })).statusCode, 403)
  t.truthy(keys.exchange(token), 'it is still good')
})

test('nothing can be changed, and what is sent is read to its first bytes only', async t => {
  const { ask, key } = await aBoard(t)
  for (const method of ['POST', 'PUT', 'DELETE'])
    t.is((await ask('/stream/flow', { 'x-board-key': key() }, { method })).statusCode, 405, method)
  t.is((await ask('/session', {}, { method: 'POST', body: 'x'.repeat(1_000) })).statusCode, 413)
})
