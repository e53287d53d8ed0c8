import { cut } from '@docket/foundation/cut.ts'
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

/** Header of a dead letter without a value, because the record is too large: `by-reference`. */
export const valueHeader = 'dlq_value'

const longestKeptHeader = 200 // characters; a reference must not become too large itself

/**
 * A dead letter without the value: its headers say where the record is, for as long as the source topic keeps it. Of
 * the record's own headers, only short CloudEvents ones are kept.
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
  dlq_error: cut(message, 1_000),
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
