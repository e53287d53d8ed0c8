import { readFileSync } from 'node:fs'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { messageOf } from '@docket/foundation/errors.ts'

export interface KafkaSecurity {
  ssl?: boolean
  /** PEM: the issuers of the brokers' certificates, where the public ones are not enough. */
  sslCaFile?: string
  saslMechanism?: string
  saslUsername?: string
  saslPassword?: string
}

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
type Mechanism = (typeof saslMechanisms)[number]

export function readSecurity(env: NodeJS.ProcessEnv, prefix: string): KafkaSecurity {
  const of = (name: string) => env[`${prefix}_${name}`] || undefined
  const [ssl, sslCaFile, saslMechanism, saslUsername, saslPassword] = [
    of('SSL'),
    of('SSL_CA_FILE'),
    of('SASL_MECHANISM'),
    of('SASL_USERNAME'),
    of('SASL_PASSWORD'),
  ]
  if (ssl !== undefined && ssl !== 'true' && ssl !== 'false')
    throw new Error(`${prefix}_SSL: ${ssl} is neither true nor false`)
  return {
    ...(ssl !== undefined && { ssl: ssl === 'true' }),
    ...(sslCaFile !== undefined && { sslCaFile }),
    ...(saslMechanism !== undefined && { saslMechanism }),
    ...(saslUsername !== undefined && { saslUsername }),
    ...(saslPassword !== undefined && { saslPassword }),
  }
}

export type Naming = (setting: 'SSL' | 'SSL_CA_FILE' | 'SASL_MECHANISM' | 'SASL_USERNAME' | 'SASL_PASSWORD') => string

/** The same for kafkajs. Throws what is wrong with it. */
export function secured(security: KafkaSecurity, name: Naming): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const sasl = saslOf(security, name)
  return { ...sslOf(security, name), ...(sasl && { sasl }) }
}

function sslOf({ ssl = false, sslCaFile }: KafkaSecurity, name: Naming): Pick<KafkaConfig, 'ssl'> {
  if (sslCaFile === undefined) return ssl ? { ssl } : {}
  if (!ssl) throw new Error(`${name('SSL_CA_FILE')}: has no effect without ${name('SSL')}`)
  try {
    return { ssl: { ca: readFileSync(sslCaFile, 'utf8') } }
  } catch (error) {
    throw new Error(`${name('SSL_CA_FILE')}: ${sslCaFile} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

function saslOf({ saslMechanism, saslUsername, saslPassword }: KafkaSecurity, name: Naming): SASLOptions | undefined {
  const mechanisms = saslMechanisms.join(', ')
  if (saslMechanism === undefined) {
    if (saslUsername === undefined && saslPassword === undefined) return undefined
    throw new Error(`${name('SASL_MECHANISM')}: is missing although a login is set: set it to one of ${mechanisms}`)
  }
  const mechanism = saslMechanism.toLowerCase()
  if (!isMechanism(mechanism))
    throw new Error(`${name('SASL_MECHANISM')}: ${saslMechanism} is not one of ${mechanisms}`)
  if (saslUsername === undefined)
    throw new Error(`${name('SASL_USERNAME')}: is missing; ${name('SASL_MECHANISM')} requires one`)
  if (saslPassword === undefined)
    throw new Error(`${name('SASL_PASSWORD')}: is missing; ${name('SASL_MECHANISM')} requires one`)
  // a union by mechanism, which TypeScript cannot infer here
  return { mechanism, username: saslUsername, password: saslPassword } as SASLOptions
}

const isMechanism = (text: string): text is Mechanism => saslMechanisms.some(one => one === text)

/** Why Kafka rejected our login, if that is what the error says; undefined for any other error. */
export function loginRefusal(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause)
    if (one.name === 'KafkaJSSASLAuthenticationError') return one.message
  return undefined
}

/**
 * Why Kafka is reachable but refuses us, which retrying does not fix: a wrong login, an untrusted certificate, missing
 * rights or topics. Undefined for every other error, such as an unreachable broker.
 */
export function refusalOf(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = 'code' in one ? one.code : undefined
    if (one.name === 'KafkaJSSASLAuthenticationError' || one instanceof TopicsMissing) return one.message
    if (typeof code === 'number' && refusalCodes.has(code)) return one.message
    if (typeof code === 'string' && certificateCodes.has(code)) return one.message
  }
  return undefined
}

export class TopicsMissing extends Error {
  override name = 'TopicsMissing'

  constructor(topics: readonly string[]) {
    super(`topics are missing: ${topics.join(', ')}; create them with packages/kafka/create-topics.ts`)
  }
}

// Error codes of Kafka's protocol: UNKNOWN_TOPIC_OR_PARTITION, TOPIC_, GROUP_ and CLUSTER_AUTHORIZATION_FAILED,
// UNSUPPORTED_SASL_MECHANISM, SASL_AUTHENTICATION_FAILED.
const refusalCodes = new Set([3, 29, 30, 31, 33, 58])

/** Node's error codes for problems with the peer's certificate. */
const certificateCodes = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])
