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
 * Bytes of the largest batch, and so of the largest record, that a topic of events accepts: Kafka's own default, said
 * aloud, since what a producer may send depends on it. A test holds it against the largest event of the contract.
 */
export const maxMessageBytes = 1_048_588

/** A dead letter is the record with more headers (dlq_…): it must fit where the record did. */
export const deadLetterHeadersBytes = 64 * 1024

/**
 * `uncompressed`: the broker unpacks what a producer of any language compressed, with codecs that kafkajs lacks too;
 * such a record would otherwise end every consumer here. Retention: a dead letter is kept until somebody has seen it.
 */
export const topicConfig = (topic: string) => [
  { name: 'compression.type', value: 'uncompressed' },
  { name: 'retention.ms', value: String((isDeadLetterTopic(topic) ? 90 : 30) * 24 * 60 * 60 * 1000) },
  {
    name: 'max.message.bytes',
    value: String(isDeadLetterTopic(topic) ? maxMessageBytes + deadLetterHeadersBytes : maxMessageBytes),
  },
]
