import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { leanConnection } from './http-lean.ts'

async function aServer(t: ExecutionContext, answer: (req: IncomingMessage, res: ServerResponse, body: string) => void) {
  let connections = 0
  const server = createServer((req, res) => {
    let body = ''
    req
      .on('data', chunk => {
        body += chunk
      })
      .on('end', () => answer(req, res, body))
  })
    .on('connection', () => {
      connections++
    })
    .listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections }
}

test('requests go over one connection, with their headers and body, and bring status and id', async t => {
  const seen: unknown[] = []
  const { url, connections } = await aServer(t, (req, res, body) => {
    seen.push([req.url, req.headers.authorization, JSON.parse(body)])
    res.writeHead(201, { location: `/orders/id-${seen.length}` }).end(JSON.stringify({ made: true }))
  })
  const connection = await leanConnection(url)
  t.deepEqual(await connection.post('/orders', 'authorization: Bearer x\r\n', '{"sku":"müg"}'), {
    status: 201,
    id: 'id-1',
  })
  t.deepEqual(await connection.post('/orders', '', '{}'), { status: 201, id: 'id-2' })
  t.deepEqual(seen, [
    ['/orders', 'Bearer x', { sku: 'müg' }],
    ['/orders', undefined, {}],
  ])
  t.is(connections(), 1)
  connection.close()
})

test('an answer that comes in pieces is waited for', async t => {
  const { url } = await aServer(t, (_req, res) => {
    res.writeHead(503, { 'content-length': 4 })
    res.write('ab')
    setImmediate(() => res.end('cd'))
  })
  const connection = await leanConnection(url)
  t.deepEqual(await connection.post('/orders', '', '{}'), { status: 503, id: '' })
  connection.close()
})

test('a connection that the service closes is opened again for the next request', async t => {
  const { url, connections } = await aServer(t, (_req, res) => void res.writeHead(200, { connection: 'close' }).end())
  const connection = await leanConnection(url)
  await connection.post('/orders', '', '{}')
  t.is((await connection.post('/orders', '', '{}')).status, 200)
  t.is(connections(), 2)
  connection.close()
})

test('an answer that never comes, as the service ended, is an error', async t => {
  const { url } = await aServer(t, req => void req.socket.destroy())
  const connection = await leanConnection(url)
  await t.throwsAsync(connection.post('/orders', '', '{}'), { message: /closed before the answer/ })
})
