import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { databaseUrl } from '@docket/foundation/database-url.ts'
import { kafkaSettings, type KafkaSettings } from '@docket/kafka/client.ts'
import { addresses, type Addresses } from '@docket/addresses/addresses.ts'
import { environmentOf, kafkaEnvironment } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'

export interface Sources {
  orders: string
  inventory: string
  payments: string
  shipping: string
  kafkaBrokers: string[]
  kafkaSecurity?: Pick<KafkaSettings, 'ssl' | 'sasl'> | undefined
  ledgerFile?: string | undefined
  provider?: string | undefined
}

/** The sources of the local stack that PORT_OFFSET and LOCAL_DIR name. Throws when it has never been started. */
export function localSources(at: Addresses = addresses()): Sources {
  const keys = secrets(at.dir)
  const url = (name: 'order-service' | 'inventory-service' | 'payment-service' | 'shipping-service') =>
    environmentOf(name, at, keys).DATABASE_URL ?? ''
  const ledgerFile = join(at.dir, 'provider', 'ledger.jsonl')
  return {
    orders: url('order-service'),
    inventory: url('inventory-service'),
    payments: url('payment-service'),
    shipping: url('shipping-service'),
    kafkaBrokers: at.kafkaBrokers,
    ...(at.isSecured && { kafkaSecurity: kafkaSettings(kafkaEnvironment('mgmt', at, keys), 'reconciliation') }),
    ...(existsSync(ledgerFile) && { ledgerFile }),
  }
}

const databases = {
  orders: 'MGMT_ORDERS_DATABASE_URL',
  inventory: 'MGMT_INVENTORY_DATABASE_URL',
  payments: 'MGMT_PAYMENTS_DATABASE_URL',
  shipping: 'MGMT_SHIPPING_DATABASE_URL',
} as const

/**
 * The databases that the environment names; those of the local stack when it names none. Throws when it names only
 * some.
 */
export function sourcesFrom(env: NodeJS.ProcessEnv, { brokers, ssl, sasl }: KafkaSettings): Sources {
  const given = Object.values(databases).filter(name => env[name])
  if (given.length === 0)
    return { ...localSources(), ...(env.MGMT_PAYMENT_PROVIDER && { provider: env.MGMT_PAYMENT_PROVIDER }) }
  const missing = Object.values(databases).filter(name => !env[name])
  if (missing.length > 0) throw new Error(`${missing.join(', ')} must be set too`)
  const tls = env.MGMT_DATABASE_TLS || undefined
  if (tls !== undefined && tls !== 'required')
    throw new Error(`MGMT_DATABASE_TLS: ${tls} is unknown: write required, or leave it out`)
  const settings = { caFile: env.MGMT_DATABASE_CA_FILE || undefined, requiresTls: tls === 'required' }
  const url = (name: keyof typeof databases) =>
    databaseUrl(env[databases[name]] ?? '', settings, {
      url: databases[name],
      caFile: 'MGMT_DATABASE_CA_FILE',
      tls: 'MGMT_DATABASE_TLS',
    })
  return {
    orders: url('orders'),
    inventory: url('inventory'),
    payments: url('payments'),
    shipping: url('shipping'),
    kafkaBrokers: brokers,
    ...(env.MGMT_PAYMENT_PROVIDER && { provider: env.MGMT_PAYMENT_PROVIDER }),
    kafkaSecurity: { ...(ssl && { ssl }), ...(sasl && { sasl }) },
  }
}
