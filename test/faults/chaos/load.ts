import { setTimeout as pause } from 'node:timers/promises'
import { query } from '@docket/reconciliation/query.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { somePeople } from '../people.ts'
import { aCustomer, type Acknowledged, type Customer, type OrderRequest } from '../orders.ts'
import { randomFrom } from './random.ts'

export interface Load {
  acknowledged(): Acknowledged[]
  violations(): string[]
  retries(): number
  signUps(): number
  /** What people did to orders that were accepted, and how often. */
  done(): ReadonlyMap<string, number>
  /**
   * Sends orders of the largest size as fast as they are accepted, so that their events exceed a batch. Ends when all
   * are acknowledged.
   */
  largeOrders(count: number): Promise<void>
  stop(): Promise<void>
  /** Nothing waits for people any more. */
  finish(): Promise<void>
}

const customersAtOnce = 6
const peopleAtOnce = 4
const finishWithinMs = 300_000

const tokens = [
  ['tok_declined', 0.1],
  ['tok_json_402', 0.11],
  ['tok_json_422', 0.12],
  ['tok_timeout', 0.17],
  ['tok_unavailable', 0.2],
] as const
const mostLines = 100
const loginLastsMs = 3 * 60_000 // less than the 5 minutes that a token lasts

/** The longest allowed SKU, 64 characters, including what stack.item appends. */
const longName = (n: number) => `bulky-${n}-`.padEnd(55, 'x')

/**
 * While brokers fail, the event of a new item may take longer than order-service waits for it; the order would be
 * rejected.
 */
const untilKnownToOrders = (stack: Stack, skus: readonly string[]) =>
  until('order-service knows the items', async () => {
    const known = await query(stack.sources.orders, 'SELECT FROM catalogue WHERE sku = ANY($1)', [skus])
    return known.length === skus.length
  })

/** With people, orders may wait for them, until `finish` is called. */
export async function startLoad(
  stack: Stack,
  seed: number,
  perSecond: number,
  { withPeople = false }: { withPeople?: boolean } = {},
): Promise<Load> {
  const skus = await Promise.all(['mug', 'plate', 'bowl', 'spoon'].map(name => stack.item(name, 10_000_000)))
  const scarce = await stack.item('scarce', 500)
  const gift = await stack.item('gift', 10_000_000, 0)
  const bulky = await Promise.all(Array.from({ length: mostLines }, (_, n) => stack.item(longName(n), 1_000_000)))
  await untilKnownToOrders(stack, [...skus, ...bulky, scarce, gift])
  const ending = new AbortController()
  const customers: Customer[] = []
  const random = randomFrom(seed ^ 0x5eed)
  const everyMs = 1_000 / perSecond
  let nextAt = Date.now()
  let signUps = 0

  const nextRequest = (): OrderRequest => {
    const chance = random.next()
    const [token] = tokens.find(([, upTo]) => chance < upTo) ?? ['tok_ok']
    const lines = {
      [random.of(skus)]: 1 + Math.floor(random.between(0, 3)),
      [random.of(skus)]: 1,
      [random.of(skus)]: 1 + Math.floor(random.between(0, 2)),
    }
    const special = random.next()
    return {
      token: special < 0.08 && special >= 0.05 ? 'tok_ok' : token, // free orders are not charged
      lines: special < 0.05 ? { [scarce]: 3 } : special < 0.08 ? { [gift]: 1 } : lines,
      cancel: random.next() < 0.05,
    }
  }

  const someone = async (): Promise<Customer | undefined> => {
    while (!ending.signal.aborted) {
      try {
        const customer = aCustomer(await stack.customer())
        customers.push(customer)
        signUps++
        return customer
      } catch {
        await pause(500) // user-service may be unavailable
      }
    }
    return undefined
  }

  const work = async () => {
    while (!ending.signal.aborted) {
      const customer = await someone()
      for (const until = Date.now() + loginLastsMs; customer && !ending.signal.aborted && Date.now() < until;) {
        const slot = (nextAt = Math.max(nextAt + everyMs, Date.now() - 1_000)) // a missed order is not made up for
        await pause(Math.max(0, slot - Date.now()))
        await customer.placeOrder(nextRequest(), ending.signal)
      }
    }
  }
  const people = somePeople(stack.operator, randomFrom(seed ^ 0x9e09))
  const working = Promise.all([
    ...Array.from({ length: customersAtOnce }, work),
    ...(withPeople ? [people.work(peopleAtOnce, ending.signal)] : []),
  ])

  return {
    acknowledged: () =>
      customers.flatMap(customer =>
        customer.acknowledged.map(order =>
          people.cancelled.has(order.id) ? { ...order, request: { ...order.request, cancel: true } } : order,
        ),
      ),
    violations: () => [...customers.flatMap(customer => customer.violations), ...people.violations],
    done: () => people.done,
    retries: () => customers.reduce((sum, customer) => sum + customer.retries, 0),
    signUps: () => signUps,
    async largeOrders(count) {
      const customer = await someone()
      const lines = Object.fromEntries(bulky.map(sku => [sku, 1]))
      const orders = Array.from({ length: count }, () =>
        customer?.placeOrder({ token: 'tok_ok', lines }, ending.signal),
      )
      await Promise.all(orders)
    },
    async stop() {
      ending.abort()
      await working
    },
    finish: () => people.finish(finishWithinMs),
  }
}
