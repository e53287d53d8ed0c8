import test from 'ava'
import type { ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { stuckFor } from '@docket/test/support/scenarios/stuck.ts'
import { startWithProvider } from '@docket/test/support/scenarios/provider.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
let provider: ProviderProcess
let stop: (() => Promise<void>) | undefined
test.before(async () => {
  ;({ stack, provider, stop } = await startWithProvider({ RESERVATION_WINDOW: '15s' }))
})
test.after.always(() => stop?.())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

test.serial('an order whose service is unavailable says so, and goes on when it is back', async t => {
  const mug = await stack.item('mug', 10)
  await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }))
  await stack.kill('shipping-service')
  const order = await stack.order(await stack.customer(), { [mug]: 1 })
  const stuck = await stuckFor(stack, 'service_away', order.id)
  t.like(stuck, { status: 'accepted', waitsFor: { service: 'shipping-service', step: 'the shipment' } })
  t.regex(stuck.cause?.text ?? '', /^shipping-service is unavailable/)
  t.is((await stack.mgmt(['doctor'])).status, 5)
  await stack.start('shipping-service')
  t.is((await stack.end(order)).status, 'completed')
})

test.serial(
  'a pending order whose provider is unavailable says so, and is cancelled and undone when its window is over',
  async t => {
    const mug = await stack.item('mug', 10)
    await provider.kill()
    const order = await stack.order(await stack.customer(), { [mug]: 1 })
    const stuck = await stuckFor(stack, 'provider_away', order.id)
    t.like(stuck, { status: 'pending', waitsFor: { service: 'payment-service', step: 'the charge' } })
    t.regex(
      stuck.cause?.text ?? '',
      /the payment provider fails: the provider did not answer: connect ECONNREFUSED.* \(\d+ attempts\)/,
    )
    t.like(await stack.end(order), { status: 'cancelled', reason: 'expired' })
    await until('its stock is back', async () => (await stack.stockOf(mug)).reserved === 0)
    await provider.start()
    t.deepEqual(await stack.reconcile(), [])
  },
)
