import test from 'ava'
import { metrics as registered } from '@docket/chassis/metric-registry.ts'
import { stockReserved } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'
import { until } from '@docket/test/support/until.ts'
import { handlers } from './payment.handlers.ts'
import { metrics } from './payment.metrics.ts'
import { processPayments } from './payment.sweeps.ts'
import { ProviderError } from './provider.ts'
import { simulatedProvider } from './provider.simulated.ts'
import { watchProvider } from './provider.steps.ts'

const { registry } = registered('payment-service', [], metrics)

async function gaugesUp(): Promise<string[]> {
  const text = await registry.metrics()
  return [...text.matchAll(/^docket_provider_(\w+)\{[^}]*\} 1$/gm)].map(([, name = '']) => name).sort()
}

test('a provider that refuses every payment is shown as long as it does so', async t => {
  const { db, receives } = await aConsumer(t, 'payment-service', handlers)
  const real = simulatedProvider(db)
  let isWrong = true
  const wrong = new ProviderError({ kind: 'misconfigured', code: '401', message: 'the provider answered 401' })
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const sweep = processPayments(
    () => ({ ...real, charge: charge => (isWrong ? Promise.reject(wrong) : real.charge(charge)) }),
    watch.charges,
    log,
  )
  const runSweep = async () => {
    await db.transaction(tx => tx.query('UPDATE payments SET next_attempt_at = now()'))
    await runSweeps(db, [sweep])
    return watch.state().breaker
  }
  await receives(...Array.from({ length: 12 }, (_, n) => stockReserved(`order ${n}`)))
  t.is(await runSweep(), 'open')
  t.deepEqual(await gaugesUp(), ['breaker_open', 'misconfigured'])
  isWrong = false
  await until('the provider is tried again', async () => (await runSweep()) === 'closed')
  t.deepEqual(await gaugesUp(), [])
})
