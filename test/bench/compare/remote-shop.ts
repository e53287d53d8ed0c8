import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { addresses } from '@docket/addresses/addresses.ts'
import { listenersAt } from '@docket/local/ports.ts'
import { logIn, signUp, type Client } from '@docket/test/support/client.ts'
import { manyCustomers } from '@docket/test/support/many-customers.ts'
import type { MeasuredShop } from '../cost.ts'
import { watchEndings } from '../endings.ts'
import { watchOthers } from '../others.ts'
import { customers, items, loadUsage, pieces } from '../shop.ts'
import { sum, usageBelow, type Usage } from '../usage.ts'
import { dataFolder } from './scripts.ts'

export interface RemoteShop extends MeasuredShop {
  /** Throws when a process of the stack is not the one that it was at the start: its figures would be of two. */
  expectSameProcesses(): void
  close(): Promise<void>
}

const portOf = (offset: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries({
      'user-service': 8_081,
      'order-service': 8_082,
      'inventory-service': 8_083,
      'payment-service': 8_084,
      'shipping-service': 8_085,
      kafka: 19_092,
      postgres: 15_432,
      mariadb: 13_306,
    }).map(([name, port]) => [name, port + offset]),
  )

export async function openRemoteShop(offset: number): Promise<RemoteShop> {
  const at = addresses({ PORT_OFFSET: String(offset) })
  const operator = await logIn(
    at.services,
    'operator',
    readFileSync(join(dataFolder(), 'operator-password'), 'utf8').trim(),
  )
  const pids = listeners(offset)
  const endings = await watchEndings(at.kafkaBrokers)
  return {
    endings,
    orderUrls: [at.services.order],
    customers: manyCustomers(dataFolder(), await signUp(at.services), customers),
    skus: await Promise.all(Array.from({ length: items }, () => newItem(operator))),
    usage: () => usageOf(pids),
    watchOthers: () => watchOthers([...pids.values()].flat()),
    expectSameProcesses() {
      if (JSON.stringify([...listeners(offset)]) !== JSON.stringify([...pids]))
        throw new Error('a process of the stack was restarted during the measurement')
    },
    close: () => endings.stop(),
  }
}

async function newItem(operator: Client): Promise<string> {
  const sku = `bench-${randomBytes(4).toString('hex')}`
  const { status, body } = await operator.post('inventory', '/items', {
    sku,
    name: 'bench',
    unitPrice: 450,
    currency: 'EUR',
    quantity: pieces,
  })
  if (status !== 201) throw new Error(`creating item ${sku}: ${status} ${JSON.stringify(body)}`)
  return sku
}

function listeners(offset: number): Map<string, number[]> {
  return new Map(
    Object.entries(portOf(offset)).map(([name, port]) => {
      const pids = listenersAt(port)
      if (pids.length === 0) throw new Error(`no process that we may look into listens at port ${port} of ${name}`)
      return [name, pids]
    }),
  )
}

function usageOf(pids: ReadonlyMap<string, readonly number[]>): Map<string, Usage> {
  const found = loadUsage()
  for (const [name, some] of pids)
    for (const usage of usageBelow(some, () => name).values()) found.set(name, sum(found.get(name), usage))
  return found
}
