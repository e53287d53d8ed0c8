import type { ExecutionContext } from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { startStack as startServers, stopStack as stopServers } from '@docket/local/stack.ts'
import { consumers, missesKafka, readinessOf, untilAllConsume } from '../readiness.ts'
import type { Stack } from '../stack.ts'
import { until } from '../until.ts'

type Server = 'postgres' | 'mariadb' | 'kafka'

export async function goesOnAfter(t: ExecutionContext, stack: Stack, server: Server): Promise<void> {
  const mug = await stack.item('mug', 1_000)
  const customer = await stack.customer()
  const exits = stack.processes.exits.length
  const before = await Promise.all(Array.from({ length: 10 }, () => stack.order(customer, { [mug]: 1 })))
  await stopServers({ servers: [server], services: [] }, () => undefined)
  try {
    if (server === 'kafka') {
      await stayReadyWithoutKafka(t, stack)
      before.push(await stack.order(customer, { [mug]: 1 })) // an order needs no Kafka to be kept
    } else await areNotReady(t, stack, server === 'mariadb' ? ['user'] : consumers)
    if (server === 'postgres') {
      const refused = await customer.post('order', '/orders', { lines: [{ sku: mug, quantity: 1 }] })
      t.is(refused.status, 503)
      t.truthy(refused.headers.get('retry-after'))
    }
  } finally {
    await startServers({ servers: [server], services: [] }, () => undefined)
  }
  for (const name of serviceNames) await stack.processes.untilReady(name)
  if (server === 'kafka') await untilAllConsume(stack.ops)
  for (const one of before) t.is((await stack.end(one)).status, 'completed')
  t.deepEqual(stack.processes.exits.slice(exits), [])
}

async function areNotReady(
  t: ExecutionContext,
  stack: Stack,
  names: readonly (keyof Stack['services'])[],
): Promise<void> {
  for (const name of names) {
    await until(`${name}-service is not ready`, async () => (await readinessOf(stack.ops[name])).status === 503)
    t.is((await fetch(`${stack.services[name]}/livez`)).status, 200, 'alive: a restart would not help')
  }
}

async function stayReadyWithoutKafka(t: ExecutionContext, stack: Stack): Promise<void> {
  for (const name of consumers) {
    const statuses = new Set<number>()
    await until(`${name}-service says that it does not reach Kafka`, async () => {
      const answer = await readinessOf(stack.ops[name])
      statuses.add(answer.status)
      return missesKafka(answer)
    })
    t.deepEqual([...statuses], [200], `${name}-service is ready all the time`)
  }
}
