import test from 'ava'
import { stuckFor } from '@docket/test/support/scenarios/stuck.ts'
import { startWithProvider } from '@docket/test/support/scenarios/provider.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
let stop: (() => Promise<void>) | undefined
test.before(async () => {
  ;({ stack, stop } = await startWithProvider())
})
test.after.always(() => stop?.())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

test.serial("300 orders that the provider refuses, of one customer, do not stop another's payments", async t => {
  t.timeout(300_000)
  const mug = await stack.item('mug', 1_000)
  const [poisoner, customer] = [await stack.customer(), await stack.customer()]
  const poisonous = await Promise.all(
    Array.from({ length: 300 }, () => stack.order(poisoner, { [mug]: 1 }, 'tok_json_400')),
  )
  t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
  // payments of others tell a refusal from a wrong configuration: a shop that is open has them
  let isOver = false
  const shop = (async () => {
    while (!isOver) t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
  })()
  for (const order of poisonous)
    t.like(await stack.end(order, 120_000), { status: 'cancelled', reason: 'payment_failed' })
  isOver = true
  await shop
})

test.serial('a payment that fails again and again while others succeed waits for an operator, who ends it', async t => {
  t.timeout(300_000)
  const mug = await stack.item('mug', 1_000)
  const customer = await stack.customer()
  const order = await stack.order(customer, { [mug]: 1 }, 'tok_json_500')
  const path = (what: string) => `/payments/${order.id}${what}`
  await until('it was tried', async () => (await stack.operator.get('payment', path(''))).status === 200)
  t.like(await stack.operator.post('payment', path('/retry'), {}), { status: 409, body: { code: 'not_stuck' } })
  let isStuck = false
  const shop = (async () => {
    while (!isStuck) t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
  })()
  const stuck = await stuckFor(stack, 'payment_stuck', order.id, 120_000)
  isStuck = true
  await shop
  t.regex(stuck.cause?.next ?? '', /mgmt payments (retry|give-up)/)

  t.is((await customer.post('payment', path('/give-up'), {})).status, 403)
  t.like(await stack.operator.post('payment', path('/retry'), {}), { status: 200, body: { status: 'charging' } })
  const cancelled = await stack.operator.post('order', `/orders/${order.id}/cancel`, {})
  t.is(cancelled.status, 200)
  // nothing is known of the last attempt: its charge may arrive for 48 s
  t.like(await stack.end(order, 120_000), { status: 'cancelled', reason: 'requested' })
  await until(
    'the payment is ended',
    async () => (await stack.operator.get('payment', path(''))).body.status === 'void',
    120_000,
  )
})
