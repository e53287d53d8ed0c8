import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { replicaName, type HowToRun } from '@docket/test/support/services.ts'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { pidOf } from '@docket/local/processes.ts'
import { watchEndings, type Endings } from './endings.ts'
import type { Shop } from './load.ts'
import { sum, usageBelow, type Usage } from './usage.ts'

/** A running stack with goods, customers and somebody who sees orders end. */
export interface OpenShop extends Shop {
  stack: Stack
  endings: Endings
  /** What each process has taken so far, replicas together, with PostgreSQL by database. */
  usage(): Map<string, Usage>
  close(): Promise<void>
}

/** Those that orders pass through. */
export const orderServices = serviceNames.filter(name => name !== 'user-service')
/** Of each service, at the most. */
export const mostReplicas = 3
const customers = 8
const items = 64
const pieces = 100_000_000

export async function openShop(env: HowToRun['env'] = {}): Promise<OpenShop> {
  const stack = await startStack(env)
  const endings = await watchEndings(stack.sources.kafkaBrokers)
  return {
    stack,
    endings,
    orderUrls: [stack.services.order],
    customers: await Promise.all(Array.from({ length: customers }, () => stack.customer())),
    skus: await Promise.all(Array.from({ length: items }, () => stack.item('bench', pieces))),
    usage: () => usageOf(stack),
    async close() {
      await endings.stop()
      await stack.stop()
    },
  }
}

function usageOf({ at }: Stack): Map<string, Usage> {
  const found = new Map<string, Usage>()
  for (let replica = 0; replica < mostReplicas; replica++)
    for (const name of serviceNames) add(found, pidOf(at.dir, replicaName(name, replica)), () => name)
  for (const name of ['kafka', 'mariadb']) add(found, pidOf(at.dir, name), () => name)
  add(found, pidOf(at.dir, 'postgres'), command => `postgres ${/^postgres: (\w+) \1 /.exec(command)?.[1] ?? 'itself'}`)
  add(found, process.pid, command => (command.includes('/bench/') ? 'bench' : undefined))
  return found
}

function add(
  found: Map<string, Usage>,
  pid: number | undefined,
  nameOf: (command: string) => string | undefined,
): void {
  if (pid === undefined) return
  for (const [name, usage] of usageBelow(pid, nameOf)) found.set(name, sum(found.get(name), usage))
}
