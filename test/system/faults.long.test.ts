import test from 'ava'
import type { Client } from '@docket/test/support/client.ts'
import { query } from '@docket/reconciliation/query.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { rewind } from '@docket/test/support/rewind.ts'
import { fingerprint, survivesKill } from '@docket/test/support/scenarios/faults.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

for (const name of ['inventory-service', 'payment-service', 'shipping-service'] as const)
  test.serial(`orders survive ${name} being killed in mid-flow`, t => survivesKill(t, stack, name))

test.serial('identities survive user-service being killed: a session goes on', async t => {
  const customer = await stack.customer()
  await stack.kill('user-service', 'SIGKILL')
  const mug = await stack.item('mug', 1)
  const order = await stack.order(customer, { [mug]: 1 }) // other services have cached its keys and do not call it
  await stack.start('user-service')
  t.is((await customer.get('user', '/me')).body.username, customer.username)
  t.is((await stack.end(order)).status, 'completed')
})

test.serial('whole topics replayed from their beginning change nothing', async t => {
  await stack.reconcile()
  const before = await fingerprint(stack)
  const consumers = ['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const
  await Promise.all(consumers.map(name => stack.kill(name, 'SIGTERM')))
  await Promise.all(consumers.map(group => rewind(stack.sources.kafkaBrokers, group, Infinity)))
  await Promise.all(consumers.map(name => stack.start(name)))
  t.deepEqual(await stack.reconcile(), [])
  t.is(await fingerprint(stack), before)
})

test.serial('a thousand orders over 32 connections all reach their right ending', async t => {
  const [plenty, scarce] = [await stack.item('plenty', 100_000), await stack.item('scarce', 10)]
  const customers = await Promise.all(Array.from({ length: 8 }, () => stack.customer()))
  const all = 1_000
  let next = 0
  const created: string[] = []
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < all) {
        const n = next++
        const order = await stack.order(
          customers[n % customers.length] as Client,
          n % 3 === 0 ? { [scarce]: 100 } : { [plenty]: 1 },
          n % 10 === 1 ? 'tok_declined' : 'tok_ok',
        )
        created.push(order.id)
      }
    }),
  )
  t.deepEqual(await stack.reconcile(), [])
  const rows = await query<{ status: string; reason: string | null; n: number }>(
    stack.sources.orders,
    'SELECT status, reason, count(*)::int AS n FROM orders WHERE id = ANY($1::uuid[]) GROUP BY 1, 2',
    [created],
  )
  const counts = Object.fromEntries(rows.map(({ status, reason, n }) => [reason ?? status, n]))
  const numbers = Array.from({ length: all }, (_, n) => n)
  const outOfStock = numbers.filter(n => n % 3 === 0).length
  const declined = numbers.filter(n => n % 3 !== 0 && n % 10 === 1).length
  t.deepEqual(counts, { out_of_stock: outOfStock, payment_failed: declined, completed: all - outOfStock - declined })
  t.deepEqual(await stack.stockOf(scarce), { available: 10, reserved: 0, shipped: 0 })
})
