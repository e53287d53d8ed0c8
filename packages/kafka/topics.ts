import { topics as eventTopics } from '@docket/contract/generated/contract.ts'

export const deadLetterTopic = (topic: string) => `${topic}.dlq`

export const isDeadLetterTopic = (topic: string) => topic.endsWith('.dlq')

export const declaredTopics: readonly { topic: string; partitions: number }[] = eventTopics.flatMap(declared => [
  declared,
  { topic: deadLetterTopic(declared.topic), partitions: 1 },
])

/** What everybody who may log in reads in the feed, masked: all but who did what, which is for operators alone. */
export const fedTopics: readonly string[] = declaredTopics
  .map(({ topic }) => topic)
  .filter(topic => topic.replace(/\.dlq$/, '') !== 'audit-events')

/**
 * The largest batch in bytes, and so the largest record, that a topic of events accepts. It is Kafka's default, stated
 * because the limit of a producer depends on it; a test compares it with the largest event of the contract.
 */
export const maxMessageBytes = 1_048_588

/** A dead letter is the record with more headers (dlq_…), so its topic must accept more. */
export const deadLetterHeadersBytes = 64 * 1024

/**
 * `uncompressed`: the broker decompresses what producers in any language compressed, including codecs that kafkajs
 * lacks and that would end every consumer here. Retention: a dead letter is kept until somebody has seen it.
 */
export const topicConfig = (topic: string) => [
  { name: 'compression.type', value: 'uncompressed' },
  { name: 'retention.ms', value: String((isDeadLetterTopic(topic) ? 90 : 30) * 24 * 60 * 60 * 1000) },
  {
    name: 'max.message.bytes',
    value: String(isDeadLetterTopic(topic) ? maxMessageBytes + deadLetterHeadersBytes : maxMessageBytes),
  },
]
