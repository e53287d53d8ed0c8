import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { open, send } from './request.ts'

async function aService(t: ExecutionContext, answer: (res: ServerResponse) => void): Promise<string> {
  const server = createServer((_, res) => answer(res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const begun = (res: ServerResponse) => res.writeHead(200, { 'content-type': 'application/json' }).write('{"a":')
const trickling = (res: ServerResponse) => {
  begun(res)
  const timer = setInterval(() => res.write(' '), 20)
  res.once('close', () => clearInterval(timer))
}
const cases: [when: string, answer: (res: ServerResponse) => void, limits: { silentMs: number; longestMs: number }][] =
  [
    ['it does not answer', () => undefined, { silentMs: 200, longestMs: 60_000 }],
    ['it falls silent amid its answer', begun, { silentMs: 200, longestMs: 60_000 }],
    ['its answer does not end', trickling, { silentMs: 60_000, longestMs: 200 }],
  ]
for (const [when, answer, limits] of cases)
  test(`a service is given up, and named: ${when}`, async t => {
    const url = await aService(t, answer)
    await t.throwsAsync(send({ method: 'GET', service: 'shipping-service', url, limits }), {
      message: `shipping-service at ${url} cannot be reached: no answer within 0.2 s`,
    })
  })

test('a stream that falls silent ends, and one that goes on has no limit', async t => {
  const beginning = async (answer: (res: ServerResponse) => void, silentMs: number) => {
    const limits = { silentMs, longestMs: 1 }
    return open({ method: 'GET', service: 'order-service', url: await aService(t, answer), limits })
  }
  const silent = await beginning(begun, 1_000)
  await t.throwsAsync(silent.toArray(), { message: 'no answer within 1 s' })
  let chunks = 0
  for await (const _ of await beginning(trickling, 20_000)) if (++chunks === 5) break
  t.is(chunks, 5)
})
