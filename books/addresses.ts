import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { addresses, type Addresses } from '@docket/local/addresses.ts'
import { environmentOf } from '@docket/local/environment.ts'
import { secrets } from '@docket/local/secrets.ts'

/** Where the books are kept. */
export interface BookAddresses {
  /** URLs of the four databases; to read is enough. */
  orders: string
  inventory: string
  payments: string
  shipping: string
  kafkaBrokers: string[]
  /** The file of the provider's own ledger; undefined: the table of the simulated provider. */
  ledgerFile?: string | undefined
}

/** The books of the local stack that PORT_OFFSET and LOCAL_DIR name. Throws when it has never been started. */
export function localBooks(at: Addresses = addresses()): BookAddresses {
  const keys = secrets(at.dir)
  const url = (name: 'order-service' | 'inventory-service' | 'payment-service' | 'shipping-service') => environmentOf(name, at, keys).DATABASE_URL ?? ''
  const ledgerFile = join(at.dir, 'provider', 'ledger.jsonl')
  return {
    orders: url('order-service'), inventory: url('inventory-service'), payments: url('payment-service'), shipping: url('shipping-service'),
    kafkaBrokers: [at.kafka], ...(existsSync(ledgerFile) && { ledgerFile }),
  }
}
