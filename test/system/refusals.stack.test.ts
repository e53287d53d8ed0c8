import test from 'ava'
import type { ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startWithProvider } from '@docket/test/support/scenarios/provider.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
let provider: ProviderProcess
let stop: (() => Promise<void>) | undefined
test.before(async () => {
  ;({ stack, provider, stop } = await startWithProvider())
})
test.after.always(() => stop?.())
test.beforeEach(() => provider.behave({}))
test.afterEach.always(async t => {
  await provider.behave({})
  t.deepEqual(await stack.reconcile(), [])
})

test.serial('credentials that the provider does not accept decline nobody; the doctor names them', async t => {
  t.timeout(300_000)
  slow(t, 12, 'every payment is retried, at most once in five seconds; the doctor is a process for each look')
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

test.serial(
  'what was charged is read from the provider itself; one that lists nothing leaves that unchecked',
  async t => {
    const mug = await stack.item('mug', 10)
    for (const token of ['tok_ok', 'tok_declined', 'tok_timeout'])
      await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }, token))
    t.like(await stack.reconcileAgainst(provider.url), { findings: [], unchecked: {} })
    await provider.behave({ listsNothing: true })
    const { findings, unchecked } = await stack.reconcileAgainst(provider.url)
    t.deepEqual(findings, [])
    t.regex(unchecked.I4 ?? '', /cannot be listed: see MGMT_PAYMENT_PROVIDER/)
  },
)
