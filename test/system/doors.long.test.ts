import { once } from 'node:events'
import { connect } from 'node:net'
// oxlint-disable-next-line no-restricted-imports -- it paces requests, and waits for nothing
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import type { Client } from '@docket/test/support/client.ts'
import { replicaPort, serviceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
let owner: Client
test.before(async () => {
  stack = await startStack()
  owner = await stack.customer()
})
test.after.always(() => stack?.stop())

const onceAllCutOffMs = 30_000 // 10 s for headers and 15 s for a request, with room for a busy machine

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
      // no faster than the limit of an operator
      for (; !isOver; await pause(5)) statuses.push((await stack.operator.get('order', '/orders?limit=1')).status)
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

const soonMs = 4_000 // usually half a second; a broker that has nothing to give holds a request for 5 s

test.serial(
  'two replicas, and one that starts afterwards, refuse at once what was logged out, streams included',
  async t => {
    t.timeout(60_000)
    const second = serviceProcesses(stack.at, { replica: 1 })
    t.teardown(() => second.stop())
    await second.start('order-service')
    const client = await stack.customer()
    const mug = await stack.item('mug', 5)
    const payments = stack.processes.of('payment-service')
    payments?.kill('SIGSTOP') // so that the order stays under way
    t.teardown(() => payments?.kill('SIGCONT'))
    const order = await stack.order(client, { [mug]: 1 })
    const headers = { authorization: `Bearer ${client.token}` }
    const urlOf = (replica: number) => `http://127.0.0.1:${replicaPort(stack.at, 'order-service', replica)}`
    const streams = await Promise.all(
      [0, 1].map(async replica => {
        const stream = await fetch(`${urlOf(replica)}/orders/${order.id}/stream`, { headers })
        t.is(stream.status, 200)
        return { ended: stream.text().then(() => performance.now()) } // not awaited here
      }),
    )
    const statusAt = async (replica: number) => (await fetch(`${urlOf(replica)}/orders`, { headers })).status
    for (const replica of [0, 1]) t.is(await statusAt(replica), 200)
    const sinceMs = performance.now()
    t.is((await fetch(`${stack.services.user}/logout`, { method: 'POST', headers })).status, 204)
    await Promise.all(
      [0, 1].map(replica => until(`replica ${replica} refuses it`, async () => (await statusAt(replica)) === 401)),
    )
    const refusedMs = performance.now() - sinceMs
    t.true(refusedMs < soonMs, `refused after ${refusedMs} ms`)
    for (const endedMs of await Promise.all(streams.map(({ ended }) => ended)))
      t.true(endedMs - sinceMs < soonMs, `ended after ${endedMs - sinceMs} ms`)
    const third = serviceProcesses(stack.at, { replica: 2 })
    t.teardown(() => third.stop())
    await third.start('order-service')
    t.is(await statusAt(2), 401, 'it was not there when the session ended')
  },
)
