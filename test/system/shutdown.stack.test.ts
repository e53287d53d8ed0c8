import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { randomUUID } from 'node:crypto'
import test from 'ava'
import { manyCustomers } from '@docket/test/support/many-customers.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { goesOnAfter } from '@docket/test/support/scenarios/shutdown.ts'

// Shutdown, and running while a server is unavailable. shutdown.long.test.ts has the other servers, and npm run
// faults:boot the long versions: every server unavailable for a minute, and every starting order.

let stack: Stack
test.before(async () => {
  stack = await startStack({ 'order-service': { DRAIN_DELAY: '5s' }, 'payment-service': { DRAIN_DELAY: '1s' } })
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

type Fate = { status: number; id?: string } | { error: string }

/** On a kept-alive connection, as clients send them. */
function order(agent: Agent, token: string, sku: string): Promise<Fate> {
  const { hostname, port } = new URL(stack.services.order)
  const body = JSON.stringify({ lines: [{ sku, quantity: 1 }] })
  return new Promise(resolve => {
    const outgoing = request(
      {
        agent,
        hostname,
        port,
        method: 'POST',
        path: '/orders',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'idempotency-key': randomUUID(),
        },
      },
      response => {
        let text = ''
        response.on('data', chunk => {
          text += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, id: (JSON.parse(text) as { id?: string }).id ?? '' }),
        )
        response.on('error', error => resolve({ error: error.message }))
      },
    )
    outgoing.on('error', error => resolve({ error: error.message }))
    outgoing.end(body)
  })
}

test.serial(
  'a service that is told to end under load answers every request that it was sent, and ends in time',
  async t => {
    slow(t, 9, 'a service that drains waits for 5 s')
    const mug = await stack.item('mug', 100_000)
    const customer = await stack.customer()
    await stack.end(await stack.order(customer, { [mug]: 1 })) // by the time it ends, order-service knows the item
    const crowd = manyCustomers(stack.at.dir, customer, 100)
    const agent = new Agent({ keepAlive: true, maxSockets: 16 })
    const fates: Fate[] = []
    let isRouted = true // routed by readiness, as a load balancer does
    const clients = Promise.all(
      Array.from({ length: 16 }, async () => {
        while (isRouted) fates.push(await order(agent, crowd[fates.length % crowd.length]?.token ?? '', mug))
      }),
    )
    await until('orders come in', async () => fates.length > 50)
    const child = stack.processes.of('order-service')!
    const gone = once(child, 'exit') as Promise<[number | null, string | null]>
    const began = Date.now()
    child.kill('SIGTERM')
    await until('it is not ready', async () => (await fetch(`${stack.services.order}/readyz`)).status === 503)
    isRouted = false
    const [code] = await gone
    await clients
    agent.destroy()
    t.is(code, 0)
    t.true(Date.now() - began < 20_000)
    t.deepEqual(
      fates.filter(fate => !('status' in fate && fate.status === 201)),
      [],
      'a request was sent and not answered',
    )
    await stack.start('order-service')
    const created = fates.flatMap(fate => ('status' in fate && fate.id ? [fate.id] : []))
    t.true(created.length > 50)
    for (const id of created.slice(-20))
      t.is((await stack.end({ id } as Parameters<Stack['end']>[0])).status, 'completed')
  },
)

test.serial('a service that is told to end while cards are being charged saves every answer first', async t => {
  const mug = await stack.item('mug', 1_000)
  const customer = await stack.customer()
  const orders = await Promise.all(Array.from({ length: 30 }, () => stack.order(customer, { [mug]: 1 })))
  const gone = once(stack.processes.of('payment-service')!, 'exit') as Promise<[number | null]>
  stack.processes.of('payment-service')!.kill('SIGTERM')
  t.is((await gone)[0], 0)
  await stack.start('payment-service')
  for (const one of orders) t.is((await stack.end(one)).status, 'completed')
})

test.serial(
  'while postgres is unavailable nothing ends; what needs it answers 503, and when it is back all goes on',
  async t => {
    t.timeout(120_000)
    await goesOnAfter(t, stack, 'postgres')
  },
)
