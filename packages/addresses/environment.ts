import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, type Addresses, type ServiceName } from './addresses.ts'
import type { Secrets } from './secrets.ts'

export const databases: Record<Exclude<ServiceName, 'user-service'>, keyof Secrets['roles']> = {
  'order-service': 'orders',
  'inventory-service': 'inventory',
  'payment-service': 'payments',
  'shipping-service': 'shipping',
}

const passedThrough = [
  'LOG_LEVEL',
  'RESERVATION_WINDOW',
  'STUCK_AFTER',
  'RETENTION_ORDERS',
  'AUDIT_RETENTION',
  'PRODUCES_FROM',
  'MAX_ORDERS_UNDER_WAY',
  'MAX_ORDER_WAIT',
  'LIMIT_ORDERS_PER_MINUTE',
  'LIMIT_REQUESTS_PER_SECOND',
  'LIMIT_REQUESTS_BURST',
  'LIMIT_STREAMS',
  'PAYMENT_PROVIDER',
  'DELIVERY_AFTER',
  'CONSUMER_BATCH_SIZE',
  'COMMIT_GROUP_SIZE',
  'TRUST_PROXY',
  'DRAIN_DELAY',
  'OUTBOX',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'TRACES_PER_SECOND',
  'OTEL_RESOURCE_ATTRIBUTES',
]

const release = () => (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version

// glibc gives each thread an arena and keeps freed memory; with these settings an idle service uses 13 MB less.
const lean = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' }

/** Alone, a service has no user-service, so it verifies tokens with a key from a file. */
export function environmentOf(
  service: ServiceName,
  at: Addresses,
  keys: Secrets,
  { isAlone = false } = {},
): Record<string, string> {
  const carriers = Object.keys(process.env).filter(name => name.startsWith('CARRIER_'))
  const given = [...passedThrough, ...carriers].flatMap(name =>
    process.env[name] ? [[name, process.env[name]] as const] : [],
  )
  return {
    ...lean,
    PRODUCES_FROM: release(), // all services of a local stack are of one release, so new types may be published
    ...Object.fromEntries(given),
    PORT: String(at.servicePort(service)),
    OPS_PORT: String(at.opsPort(service)),
    ...kafkaEnvironment(service, at, keys),
    ...(at.isSecured && { DATABASE_TLS: 'required' }),
    JWKS_URL: isAlone ? pathToFileURL(at.jwksFile).href : `${at.services.user}/.well-known/jwks.json`,
    ...(service === 'user-service'
      ? userSettings(at, keys)
      : { DATABASE_URL: postgresUrl(databases[service], at, keys) }),
  }
}

export const kafkaEnvironment = (login: string, at: Addresses, keys: Secrets): Record<string, string> => ({
  KAFKA_BROKERS: at.kafkaBrokers.join(','),
  ...(at.isSecured && {
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: certificatesOf(at.dir).authority,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: login,
    KAFKA_SASL_PASSWORD: keys.kafka[login] ?? '',
  }),
})

export const certificatesOf = (dir: string) => ({
  authority: join(dir, 'tls', 'ca.pem'),
  certificate: join(dir, 'tls', 'server.pem'),
  key: join(dir, 'tls', 'server.key'),
})

/** By name where there is TLS, because MySQL's driver does not compare an address with a certificate. */
const databaseHost = (host: string, { isSecured }: Addresses) => (isSecured ? 'localhost' : host)

const databaseTls = ({ isSecured, dir }: Addresses) =>
  isSecured ? `?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificatesOf(dir).authority)}` : ''

function postgresUrl(database: keyof Secrets['roles'], at: Addresses, keys: Secrets): string {
  const host = databaseHost(at.postgres.host, at)
  return `postgres://${database}:${keys.roles[database]}@${host}:${at.postgres.port}/${database}${databaseTls(at)}`
}

const mariadbUrl = (at: Addresses, { mariadbUsers: { user, password } }: Secrets) =>
  `mysql://${user}:${password}@${databaseHost(at.mariadb.host, at)}:${at.mariadb.port}/users${databaseTls(at)}`

const userSettings = (at: Addresses, keys: Secrets) => ({
  DATABASE_URL: mariadbUrl(at, keys),
  BOOTSTRAP_OPERATOR_USERNAME: 'operator',
  BOOTSTRAP_OPERATOR_PASSWORD: keys.operatorPassword,
  JWT_SIGNING_KEY: keys.jwtSigningKey,
})

/** One helper thread for V8: more of them only take cores from other services. */
export const commandOf = (service: ServiceName, checkout = root) => [
  process.execPath,
  '--v8-pool-size=1',
  join(checkout, service, 'src/main.ts'),
]
