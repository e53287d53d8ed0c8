import type { DeadLetter } from './classify.ts'
import type { IncomingRecord, OutgoingRecord } from './record-codec.ts'
import { deadLetterTopic } from './topics.ts'

export function toDeadLetter(letter: DeadLetter, group: string): OutgoingRecord {
  const { record } = letter
  return {
    topic: deadLetterTopic(record.topic),
    key: record.key?.toString() ?? null,
    value: record.value,
    headers: { ...plainHeaders(record), ...originOf(letter, group) },
  }
}

/** Header of a dead letter that holds no value because the record is too large: `by-reference`. */
export const valueHeader = 'dlq_value'

const longestKeptHeader = 200 // characters; what a reference must not be is too large itself

/**
 * A dead letter without the value: where the record lies stands in its headers, for as long as the source topic keeps
 * it. Of the record's own headers only short ones of CloudEvents come along.
 */
export function toReference(letter: DeadLetter, group: string): OutgoingRecord {
  const { record } = letter
  const kept = Object.entries(plainHeaders(record)).filter(
    ([name, value]) => name.startsWith('ce_') && name.length + value.length <= longestKeptHeader,
  )
  const key = record.key?.toString() ?? null
  return {
    topic: deadLetterTopic(record.topic),
    key: key !== null && key.length > longestKeptHeader ? null : key,
    value: null,
    headers: { ...Object.fromEntries(kept.slice(0, 10)), ...originOf(letter, group), [valueHeader]: 'by-reference' },
  }
}

const originOf = ({ record, reason, message }: DeadLetter, group: string) => ({
  dlq_reason: reason,
  dlq_error: message.slice(0, 1_000),
  dlq_topic: record.topic,
  dlq_partition: String(record.partition),
  dlq_offset: record.offset,
  dlq_group: group,
  dlq_time: new Date().toISOString(),
})

export function plainHeaders({ headers }: IncomingRecord): Record<string, string | Buffer> {
  const plain: Record<string, string | Buffer> = {}
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value
    if (one !== undefined && one !== null) plain[name] = one
  }
  return plain
}
