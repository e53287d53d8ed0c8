import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'ava'
import type { Client } from '@docket/test/support/client.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

let stack: Stack
let owner: Client
test.before(async () => {
  stack = await startStack()
  owner = await stack.customer()
})
test.after.always(() => stack?.stop())

const onceAllCutOffMs = 30_000 // of 10 s for headers and 15 s for a request, with room for a busy machine

/** A client that sends its request a byte at a time; what it got when it was cut off, and after how long. */
async function slowly(url: string, begins: string, goesOn: string): Promise<{ answer: string; afterMs: number }> {
  const { hostname, port } = new URL(url)
  const startedMs = performance.now()
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString()
  })
  socket.on('error', () => undefined) // written to after it was cut off
  socket.write(begins)
  const dripping = setInterval(() => socket.write(goesOn), 200)
  await once(socket, 'close').finally(() => clearInterval(dripping))
  return { answer, afterMs: performance.now() - startedMs }
}

test.serial('a client that sends a byte at a time is cut off, and meanwhile others are served', async t => {
  const { order: url } = stack.services
  const headers = `POST /orders HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${owner.token}\r\n`
  const slow = Promise.all([
    ...Array.from({ length: 30 }, () => slowly(url, headers, 'x')),
    ...Array.from({ length: 30 }, () =>
      slowly(url, `${headers}content-type: application/json\r\ncontent-length: 1000\r\n\r\n`, ' '),
    ),
  ])
  let isOver = false
  const [cutOff, served] = await Promise.all([
    slow.finally(() => {
      isOver = true
    }),
    (async () => {
      const statuses: number[] = []
      while (!isOver) statuses.push((await stack.operator.get('order', '/orders?limit=1')).status)
      return statuses
    })(),
  ])
  for (const { answer, afterMs } of cutOff) {
    t.regex(answer, /^HTTP\/1\.1 408 /)
    t.true(afterMs < onceAllCutOffMs, `${afterMs} ms`)
  }
  t.true(served.length > 0)
  t.deepEqual([...new Set(served)], [200])
})
