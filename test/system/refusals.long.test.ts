import test from 'ava'
import { startProvider, type ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'

// A payment provider that refuses one customer's payments, and has to go on with the others'.

let stack: Stack
let provider: ProviderProcess
test.before(async () => {
  provider = await startProvider(addresses())
  stack = await startStack({ 'payment-service': { PAYMENT_PROVIDER: provider.url } })
})
test.after.always(async () => {
  await stack?.stop()
  await provider?.kill()
})
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
