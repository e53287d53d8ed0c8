import type { EventType, Topic } from '@docket/contract/event.ts'
import { alsoPublishedBy, deadLettersOwnedBy } from '@docket/contract/flows.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { missingTopics } from '@docket/kafka/admin.ts'
import type { kafkaClient } from '@docket/kafka/client.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import { TopicsMissing } from '@docket/kafka/security.ts'
import { problemsOf, retentionMsOf, topicStates, type TopicState } from '@docket/kafka/topic-check.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import { exitWrongConfiguration } from './config.ts'
import type { EntryPoints } from './entry-points.ts'
import type { Logger } from './log.ts'
import type { Handlers } from './messaging/handlers.ts'
import { refusedRetention, retentionOf, type ReadRetention } from './retention.ts'

export const handledTypes = (handlers: Handlers) => Object.keys(handlers) as EventType[] // the keys of Handlers are event types

export const readTopicsOf = (name: string, handlers: Handlers): Topic[] => [
  ...new Set([...handledTypes(handlers).map(type => topicOf[type]), ...deadLettersOwnedBy(name)]),
]

export const topicsOf = (name: string, { consumes = {}, publishes }: EntryPoints): Topic[] => [
  ...new Set([publishes, ...readTopicsOf(name, consumes)]),
]

const withDeadLetters = (topics: readonly Topic[]) => topics.flatMap(topic => [topic, deadLetterTopic(topic)])

const retentionsOf = (states: readonly TopicState[]) =>
  states.map(state => ({ topic: state.topic, ms: retentionMsOf(state) }))

/**
 * Connects with this service's rights, because only they show which topics it can see. Reports what is wrong with the
 * topics, and with those of others that it publishes to as well, and returns its own.
 */
export async function reachKafka(
  name: string,
  kafka: ReturnType<typeof kafkaClient>,
  producer: RecordProducer,
  topics: Topic[],
  log: Logger,
): Promise<TopicState[]> {
  await producer.connect()
  const written = alsoPublishedBy(name)
  const own = withDeadLetters(topics)
  const missing = await missingTopics(kafka, [...own, ...written])
  if (missing.length > 0) throw new TopicsMissing(missing)
  const { states, brokers } = await topicStates(kafka, [...own, ...written])
  for (const { topic, text, remedy } of problemsOf(states, brokers)) log.warn({ topic, remedy }, `${topic} ${text}`)
  return states.filter(({ topic }) => own.includes(topic))
}

/** Ends the process if orders would be deleted while a record that needs them can still arrive. */
export function expectRetention(states: readonly TopicState[], ordersMs: number | undefined, log: Logger): void {
  const refusal = refusedRetention(retentionsOf(states), ordersMs)
  if (refusal === undefined) return
  log.fatal({ setting: 'RETENTION_ORDERS' }, refusal)
  process.exit(exitWrongConfiguration)
}

/** Reads the topics each time, because their retention may change while a service runs. */
export const retentionReader =
  (
    kafka: ReturnType<typeof kafkaClient>,
    topics: readonly Topic[],
    ordersMs: number | undefined,
    log: Logger,
  ): ReadRetention =>
  async () => {
    const { states } = await topicStates(kafka, withDeadLetters(topics))
    const refusal = refusedRetention(retentionsOf(states), ordersMs)
    if (refusal !== undefined) log.error({ setting: 'RETENTION_ORDERS' }, `no order is deleted: ${refusal}`)
    return retentionOf(retentionsOf(states), ordersMs)
  }
