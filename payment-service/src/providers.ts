import type { Database } from '@docket/chassis/database.ts'
import { simulatedProvider } from './provider.simulated.ts'
import type { PaymentProvider } from './provider.ts'

const providers = { simulated: simulatedProvider }

/** How to reach the provider that the setting PAYMENT_PROVIDER names, made once. A new provider is a new line above. */
export function providerNamed(name: keyof typeof providers): (db: Database) => PaymentProvider {
  let made: PaymentProvider | undefined
  return db => made ??= providers[name](db)
}
