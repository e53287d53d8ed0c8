import type { KafkaSettings } from '@docket/kafka/client.ts'
import { exit, Failure } from './failure.ts'
import type { Mgmt } from './mgmt.ts'

export const kafkaOf = (mgmt: Mgmt): KafkaSettings => ({ brokers: mgmt.context.kafkaBrokers.split(','), clientId: 'mgmt' })

/** Says where Kafka was looked for when it is not there. */
export async function withKafka<T>(mgmt: Mgmt, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    mgmt.signal.throwIfAborted()
    throw new Failure(`Kafka at ${mgmt.context.kafkaBrokers} cannot be reached: ${error instanceof Error ? error.message : error}`, {
      status: exit.unreachable, code: 'kafka_unreachable', next: 'see what runs with: mgmt status', cause: error,
    })
  }
}
