import test from 'ava'
import { metrics as registered } from '@docket/chassis/metric-registry.ts'
import { measured, metrics, showBreaker } from './payment.metrics.ts'
import {
  ProviderError,
  ProviderUnavailable,
  ProviderTimeout,
  type PaymentProvider,
  type TroubleKind,
} from './provider.ts'

const { registry } = registered('payment-service', [], metrics)
const refund = { key: 'r', refundId: 'r', chargeKey: 'p', amount: 300, currency: 'EUR', isWhole: false }
const charge = { key: 'p', paymentId: 'p', amount: 900, currency: 'EUR', token: 'tok_ok' }

const provider = (how: Partial<PaymentProvider>): PaymentProvider =>
  measured({
    charge: async () => ({ outcome: 'captured', reference: 'r' }),
    find: async () => ({ outcome: 'unknown' }),
    refund: async () => ({ outcome: 'refunded' }),
    findRefund: async () => ({ outcome: 'unknown' }),
    ...how,
  })

async function calls(call: string, outcome: string): Promise<number> {
  const found = new RegExp(
    `^docket_provider_request_duration_seconds_count\\{service="payment-service",call="${call}",outcome="${outcome}"\\} (\\d+)$`,
    'm',
  ).exec(await registry.metrics())
  return Number(found?.[1] ?? 0)
}

test.serial('every call of the provider is counted by operation and outcome, and its answer is passed on', async t => {
  t.deepEqual(await provider({}).charge(charge), { outcome: 'captured', reference: 'r' })
  t.deepEqual(await provider({}).find('p'), { outcome: 'unknown' })
  await provider({}).refund(refund)
  await provider({}).findRefund('r')
  await provider({ charge: async () => ({ outcome: 'declined', reason: 'card_declined' }) }).charge(charge)
  t.deepEqual(
    [
      await calls('charge', 'captured'),
      await calls('charge', 'declined'),
      await calls('ask', 'unknown'),
      await calls('refund', 'refunded'),
    ],
    [1, 1, 2, 1],
  )
})

test.serial('no answer in time is told apart from a failure', async t => {
  await t.throwsAsync(
    provider({ charge: () => Promise.reject(new ProviderUnavailable('the provider answered 503')) }).charge(charge),
    { message: /503/ },
  )
  await t.throwsAsync(provider({ charge: () => Promise.reject(new ProviderTimeout('late')) }).charge(charge), {
    message: 'late',
  })
  t.deepEqual([await calls('charge', 'error'), await calls('charge', 'timeout')], [1, 1])
})

const kinds: [TroubleKind, outcome: string][] = [
  ['refused', 'declined'],
  ['misconfigured', 'misconfigured'],
  ['ambiguous', 'error'],
  ['not_sent', 'error'],
  ['not_known', 'error'],
]
for (const [kind, outcome] of kinds)
  test.serial(`an answer that is ${kind} is counted as ${outcome}`, async t => {
    const before = await calls('charge', outcome)
    const error = new ProviderError({ kind, code: '4xx', message: 'the provider answered 4xx' })
    await t.throwsAsync(provider({ charge: () => Promise.reject(error) }).charge(charge))
    t.is(await calls('charge', outcome), before + 1)
  })

test.serial('an open breaker is 1, a closed one 0', async t => {
  const shown = async () => /^docket_provider_breaker_open\{.*\} (\d)$/m.exec(await registry.metrics())?.[1]
  t.is(await shown(), '0')
  showBreaker(true)
  t.is(await shown(), '1')
  showBreaker(false)
  t.is(await shown(), '0')
})
