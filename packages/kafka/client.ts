import './kafkajs-codec.ts'
import './kafkajs-leaderless.ts'
import './kafkajs-request-queue.ts'
import './kafkajs-silent-connections.ts'
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs'
import { messageOf } from '@docket/foundation/errors.ts'
import { brokersOf, dialled } from './brokers.ts'
import { readSecurity, secured } from './security.ts'

export interface KafkaSettings extends Pick<KafkaConfig, 'ssl' | 'sasl'> {
  brokers: string[]
  clientId: string
}

/** Where kafkajs may log. Its default logger writes to stdout, which is reserved for data. */
export type KafkaLog = (level: 'error' | 'warn' | 'info' | 'debug', message: string, facts: object) => void

export function kafkaSettings(env: NodeJS.ProcessEnv, clientId: string): KafkaSettings {
  const brokers = named('KAFKA_BROKERS', () => brokersOf(env.KAFKA_BROKERS || '127.0.0.1:19092'))
  return { brokers, clientId, ...secured(readSecurity(env, 'KAFKA'), setting => `KAFKA_${setting}`) }
}

function named<T>(setting: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${setting}: ${messageOf(error)}`, { cause: error })
  }
}

const levels = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
} as const

/** Time limits are short, and no topic may be created by accident. */
function kafkaConfig(settings: KafkaSettings, log: KafkaLog = () => undefined): KafkaConfig {
  return {
    clientId: settings.clientId,
    ...dialled(settings.brokers),
    ...(settings.ssl && { ssl: settings.ssl }),
    ...(settings.sasl && { sasl: settings.sasl }),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 10_000, // a half-open connection is noticed after this time
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
