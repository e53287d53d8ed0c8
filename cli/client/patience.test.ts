import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { patience } from './patience.ts'
import { send } from './request.ts'

async function aServer(t: { teardown(work: () => void): void }, answer: boolean): Promise<string> {
  const server = createServer((_, res) => {
    if (answer) res.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a process that was held up longer than its time limit still reads the answer', async t => {
  const reply = send({ method: 'GET', service: 'order-service', url: await aServer(t, true), signal: patience(200) })
  const heldUp = Date.now() + 600
  while (Date.now() < heldUp) {} // blocks the event loop, so that nothing is read
  t.is((await reply).status, 200)
})

test('who says nothing is given up', async t => {
  await t.throwsAsync(
    send({ method: 'GET', service: 'order-service', url: await aServer(t, false), signal: patience(200) }),
    {
      name: 'TimeoutError',
      message: 'no answer within 0.2 s',
    },
  )
})
