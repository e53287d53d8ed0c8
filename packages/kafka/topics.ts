import { topics as eventTopics } from '@docket/contract/generated/contract.ts'

/** Where the events go that a consumer could not handle. */
export const deadLetterTopic = (topic: string) => `${topic}.dlq`

export const isDeadLetterTopic = (topic: string) => topic.endsWith('.dlq')

/** Every topic that the system needs, with the settings it is created with. */
export const declaredTopics: readonly { topic: string; partitions: number }[] = eventTopics.flatMap(declared => [
  declared,
  { topic: deadLetterTopic(declared.topic), partitions: 1 },
])

/**
 * `uncompressed`: the broker unpacks what a producer of any language compressed, with codecs that kafkajs lacks too;
 * such a record would otherwise end every consumer here. Retention: a dead letter is kept until somebody has seen it.
 */
export const topicConfig = (topic: string) => [
  { name: 'compression.type', value: 'uncompressed' },
  { name: 'retention.ms', value: String((isDeadLetterTopic(topic) ? 90 : 30) * 24 * 60 * 60 * 1000) },
]
