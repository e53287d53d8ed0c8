import { brokersOf } from '@docket/kafka/brokers.ts'
import type { KafkaSettings } from '@docket/kafka/client.ts'
import { loginRefusal, secured } from '@docket/kafka/security.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { exit, Failure, usage } from '../failure.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import { waitingFor } from '../waiting.ts'
import type { Context } from './context.ts'

/** How Kafka is reached. Throws what is wrong with the settings for a secured one. */
export function kafkaOf({ context }: { context: Context }): KafkaSettings {
  const { sslCaFile } = context.kafkaSecurity
  if (sslCaFile !== undefined) readTextSync(sslCaFile, smallFile('the file of certificates')) // it may be endless
  try {
    return {
      brokers: brokersOf(context.kafkaBrokers),
      clientId: 'mgmt',
      ...secured(context.kafkaSecurity, setting => `MGMT_KAFKA_${setting}`),
    }
  } catch (error) {
    throw usage(messageOf(error), 'set that variable, or keep it in a context: mgmt context set NAME --help')
  }
}

/** Says where Kafka was expected when it is slow, is unreachable or rejects the login. */
export const withKafka = <T>(mgmt: { context: Context; signal: AbortSignal }, work: () => Promise<T>): Promise<T> =>
  waitingFor(`Kafka at ${mgmt.context.kafkaBrokers}`, () => followingKafka(mgmt, work))

/** For commands that run for as long as the user likes, and report the connection themselves. */
export async function followingKafka<T>(
  { context, signal }: { context: Context; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Failure) throw error
    const refusal = loginRefusal(error)
    if (refusal !== undefined) {
      throw new Failure(
        `Kafka at ${context.kafkaBrokers} refused the login of ${context.kafkaSecurity.saslUsername}: ${refusal}`,
        {
          status: exit.notAllowed,
          code: 'kafka_login_refused',
          next: 'set MGMT_KAFKA_SASL_USERNAME and MGMT_KAFKA_SASL_PASSWORD, or keep them: mgmt context set NAME --help',
          cause: error,
        },
      )
    }
    throw new Failure(`Kafka at ${context.kafkaBrokers} cannot be reached: ${messageOf(error)}`, {
      status: exit.unreachable,
      code: 'kafka_unreachable',
      next: 'see what runs with: mgmt status',
      cause: error,
    })
  }
}
