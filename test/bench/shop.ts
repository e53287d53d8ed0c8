import { serviceNames } from '@docket/addresses/addresses.ts'
import { pidOf } from '@docket/local/processes.ts'
import { manyCustomers } from '@docket/test/support/many-customers.ts'
import { replicaName, type HowToRun } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import type { MeasuredShop } from './cost.ts'
import { watchEndings } from './endings.ts'
import { watchOthers } from './others.ts'
import { sum, usageBelow, usageOf, type Usage } from './usage.ts'

export interface OpenShop extends MeasuredShop {
  stack: Stack
  close(): Promise<void>
}

export const orderServices = serviceNames.filter(name => name !== 'user-service')
export const mostReplicas = 3
export const customers = 500 // each may create 600 orders a minute
export const items = 64
export const pieces = 100_000_000
export const loadClient = 'load client'

async function openShop(env: HowToRun['env'], how: Omit<HowToRun, 'env'>): Promise<OpenShop> {
  const stack = await startStack(env, how)
  const endings = await watchEndings(stack.sources.kafkaBrokers)
  return {
    stack,
    endings,
    orderUrls: [stack.services.order],
    customers: manyCustomers(stack.at.dir, await stack.customer(), customers),
    skus: await Promise.all(Array.from({ length: items }, () => stack.item('bench', pieces))),
    usage: () => usageOfStack(stack),
    watchOthers: () => watchOthers(),
    async close() {
      await endings.stop()
      await stack.stop()
    },
  }
}

export async function inShop<T>(
  env: Record<string, string>,
  work: (shop: OpenShop) => Promise<T>,
  how: Omit<HowToRun, 'env'> = {},
): Promise<T> {
  const shop = await openShop(Object.fromEntries(orderServices.map(name => [name, env])), how)
  try {
    return await work(shop)
  } finally {
    await shop.close()
  }
}

function usageOfStack({ at }: Stack): Map<string, Usage> {
  const found = loadUsage()
  const add = (process: string, nameOf: (command: string) => string) => {
    const pid = pidOf(at.dir, process)
    for (const [name, usage] of usageBelow(pid === undefined ? [] : [pid], nameOf))
      found.set(name, sum(found.get(name), usage))
  }
  for (let replica = 0; replica < mostReplicas; replica++)
    for (const name of serviceNames) add(replicaName(name, replica), () => name)
  for (const name of ['kafka', 'mariadb']) add(name, () => name)
  add('postgres', databaseOf)
  return found
}

/** The title of a backend names its database, like its role. Ended backends are counted with PostgreSQL itself. */
const databaseOf = (command: string) => `postgres ${/^postgres: (\w+) \1 /.exec(command)?.[1] ?? 'itself'}`

export function loadUsage(): Map<string, Usage> {
  const usage = usageOf(process.pid, false)
  return new Map(usage && [[loadClient, usage]])
}
