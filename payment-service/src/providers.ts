import type { Database } from '@docket/chassis/database/database.ts'
import { measured } from './payment.metrics.ts'
import type { PaymentProvider } from './provider.ts'

/**
 * How to reach the provider that the setting PAYMENT_PROVIDER names, made once: `simulated`, or the address of one that
 * is reached by HTTP. Only the one that is used is loaded.
 */
export async function providerNamed(name: string): Promise<(db: Database) => PaymentProvider> {
  if (name !== 'simulated') {
    const { httpProvider } = await import('./provider.http.ts')
    const provider = measured(httpProvider(name))
    return () => provider
  }
  const { simulatedProvider } = await import('./provider.simulated.ts')
  let made: PaymentProvider | undefined
  return db => (made ??= measured(simulatedProvider(db)))
}
