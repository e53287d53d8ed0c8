import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { until } from './until.ts'
import { startProxy } from './proxy.ts'

async function anEcho(t: ExecutionContext) {
  const server = createServer(socket => void socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  t.teardown(() => {
    void proxy.close()
    server.close()
  })
  return {
    proxy,
    async caller() {
      const socket = connect(proxy.port, '127.0.0.1')
      await once(socket, 'connect')
      t.teardown(() => socket.destroy())
      let received = ''
      let ended = false
      socket
        .on('data', chunk => {
          received += chunk
        })
        .on('close', () => {
          ended = true
        })
        .on('error', () => undefined)
      return {
        writes: (text: string) => void socket.write(text),
        received: () => received,
        ended: () => ended,
        receives: (text: string) => until(`it has received ${text}`, async () => received === text),
      }
    },
  }
}

test('what is sent through it arrives', async t => {
  const caller = await (await anEcho(t)).caller()
  caller.writes('hello')
  await t.notThrowsAsync(caller.receives('hello'))
})

test('a cut ends the connections that there are, and lets new ones in', async t => {
  const echo = await anEcho(t)
  const [before] = [await echo.caller()]
  before.writes('x')
  await before.receives('x')
  echo.proxy.cut()
  await until('it has ended', async () => before.ended())
  const after = await echo.caller()
  after.writes('y')
  await t.notThrowsAsync(after.receives('y'))
})

test('a half-open connection never says anything again, also when new ones work', async t => {
  const echo = await anEcho(t)
  const before = await echo.caller()
  before.writes('x')
  await before.receives('x')
  echo.proxy.halfOpen()
  before.writes('lost')
  echo.proxy.heal()
  const after = await echo.caller()
  after.writes('y')
  await after.receives('y')
  t.is(before.received(), 'x')
  t.false(before.ended())
})

test('a slow one delays, and keeps the order', async t => {
  const echo = await anEcho(t)
  echo.proxy.slow(30)
  const caller = await echo.caller()
  const began = performance.now()
  for (const letter of 'abcdef') caller.writes(letter)
  await caller.receives('abcdef')
  t.true(performance.now() - began >= 60)
})
