import type { ExecutionContext } from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { startStack as startServers, stopStack as stopServers } from '@docket/local/stack.ts'
import type { Stack } from '../stack.ts'
import { until } from '../until.ts'

/** Stops a server under orders that are under way, and starts it again. */
export async function goesOnAfter(
  t: ExecutionContext,
  stack: Stack,
  server: 'postgres' | 'mariadb' | 'kafka',
): Promise<void> {
  const mug = await stack.item('mug', 1_000)
  const customer = await stack.customer()
  const exits = stack.processes.exits.length
  const before = await Promise.all(Array.from({ length: 10 }, () => stack.order(customer, { [mug]: 1 })))
  await stopServers({ servers: [server], services: [] }, () => undefined)
  try {
    const concerned =
      server === 'mariadb' ? (['user'] as const) : (['order', 'inventory', 'payment', 'shipping'] as const)
    for (const name of concerned) {
      await until(
        `${name}-service is not ready`,
        async () => (await fetch(`${stack.services[name]}/readyz`)).status === 503,
      )
      t.is((await fetch(`${stack.services[name]}/livez`)).status, 200, 'alive: a restart would not help')
    }
    if (server === 'postgres') {
      const refused = await customer.post('order', '/orders', { lines: [{ sku: mug, quantity: 1 }] })
      t.is(refused.status, 503)
      t.truthy(refused.headers.get('retry-after'))
    }
    if (server === 'kafka')
      t.is(
        (await customer.post('order', '/orders', { lines: [{ sku: mug, quantity: 1 }] })).status,
        201,
        'an order needs no Kafka to be kept',
      )
  } finally {
    await startServers({ servers: [server], services: [] }, () => undefined)
  }
  for (const name of serviceNames) await stack.processes.untilReady(name)
  for (const one of before) t.is((await stack.end(one)).status, 'completed')
  t.deepEqual(stack.processes.exits.slice(exits), [])
}
