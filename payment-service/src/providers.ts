import type { Database } from '@docket/chassis/database/database.ts'
import { measured } from './payment.metrics.ts'
import type { PaymentProvider } from './provider.ts'

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
