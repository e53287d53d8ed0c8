import './quiet.ts'
import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs'

export interface KafkaSettings {
  /** host:port of one broker or more. */
  brokers: string[]
  clientId: string
  ssl?: boolean
  sasl?: SASLOptions
}

/** Where kafkajs may complain. Its own default logger writes to stdout, which belongs to our data. */
export type KafkaLog = (level: 'error' | 'warn' | 'info' | 'debug', message: string, facts: object) => void

/** Reads KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_MECHANISM, _USERNAME, _PASSWORD. */
export function kafkaSettings(env: NodeJS.ProcessEnv, clientId: string): KafkaSettings {
  const brokers = (env.KAFKA_BROKERS ?? '127.0.0.1:19092').split(',').map(broker => broker.trim()).filter(Boolean)
  const sasl = saslOf(env)
  return { brokers, clientId, ssl: env.KAFKA_SSL === 'true', ...(sasl && { sasl }) }
}

function saslOf(env: NodeJS.ProcessEnv): SASLOptions | undefined {
  const mechanism = env.KAFKA_SASL_MECHANISM
  if (!mechanism) return undefined
  if (mechanism !== 'plain' && mechanism !== 'scram-sha-256' && mechanism !== 'scram-sha-512') {
    throw new Error(`KAFKA_SASL_MECHANISM: ${mechanism} is not one of plain, scram-sha-256, scram-sha-512`)
  }
  return { mechanism, username: env.KAFKA_SASL_USERNAME ?? '', password: env.KAFKA_SASL_PASSWORD ?? '' } as SASLOptions
}

const levels = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn', [logLevel.INFO]: 'info', [logLevel.DEBUG]: 'debug' } as const

/** The configuration that every kafkajs object of ours starts from: short time limits, no topic made by accident. */
function kafkaConfig(settings: KafkaSettings, log: KafkaLog = () => undefined): KafkaConfig {
  return {
    clientId: settings.clientId,
    brokers: settings.brokers,
    ...(settings.ssl && { ssl: true }),
    ...(settings.sasl && { sasl: settings.sasl }),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 10_000, // a half-open connection is noticed after this long
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    logLevel: logLevel.INFO,
    logCreator: () => entry => {
      const { message, timestamp: _timestamp, logger: _logger, ...facts } = entry.log
      const level = levels[entry.level as keyof typeof levels]
      if (level) log(level, message, { ...facts, part: entry.namespace })
    },
  }
}

export function kafkaClient(settings: KafkaSettings, log?: KafkaLog): Kafka {
  return new Kafka(kafkaConfig(settings, log))
}
