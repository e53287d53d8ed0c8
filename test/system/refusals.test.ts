import test from 'ava'
import { startProvider, type ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

// A payment provider that says no, in all its ways: it is a process of its own.

let stack: Stack
let provider: ProviderProcess
test.before(async () => {
  provider = await startProvider(addresses())
  stack = await startStack({
    'payment-service': { PAYMENT_PROVIDER: provider.url },
    'order-service': { STUCK_AFTER: '1s' },
  })
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
})
test.after.always(async () => {
  await stack?.stop()
  await provider?.kill()
})
test.beforeEach(() => provider.behave({}))
test.afterEach.always(async t => {
  await provider.behave({})
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
  // what is refused and what is misconfigured is told apart by payments of others: a shop that is open has them
  let isOver = false
  const shop = (async () => {
    while (!isOver) t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
  })()
  for (const order of poisonous)
    t.like(await stack.end(order, 120_000), { status: 'cancelled', reason: 'payment_failed' })
  isOver = true
  await shop
})

test.serial('credentials that the provider does not take decline nobody; the doctor names them', async t => {
  t.timeout(300_000)
  const mug = await stack.item('mug', 100)
  await provider.behave({ answers: { status: 401 } })
  const customer = await stack.customer()
  const orders = await Promise.all(Array.from({ length: 12 }, () => stack.order(customer, { [mug]: 1 })))
  const doctor = await until('the doctor names the configuration', async () => {
    const { stdout } = await stack.mgmt(['doctor'])
    return stdout.includes('the provider answered 401') && stdout
  })
  t.regex(doctor, /ProviderMisconfigured/)
  await provider.behave({})
  for (const order of orders) t.is((await stack.end(order)).status, 'completed')
})

test.serial('an item that costs nothing is delivered while the provider is unavailable', async t => {
  t.timeout(300_000)
  const gift = await stack.item('gift', 10, 0)
  await provider.kill()
  t.is((await stack.end(await stack.order(await stack.customer(), { [gift]: 1 }))).status, 'completed')
  await provider.start()
})
