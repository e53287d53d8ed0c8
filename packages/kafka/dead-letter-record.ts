import type { DeadLetter } from './classify.ts'
import type { IncomingRecord, OutgoingRecord } from './record-codec.ts'
import { deadLetterTopic } from './topics.ts'

/** The record as it was, with headers that say why, whence and when. */
export function toDeadLetter({ record, reason, message }: DeadLetter, group: string): OutgoingRecord {
  return {
    topic: deadLetterTopic(record.topic),
    key: record.key?.toString() ?? null,
    value: record.value,
    headers: {
      ...plainHeaders(record),
      dlq_reason: reason,
      dlq_error: message.slice(0, 1_000),
      dlq_topic: record.topic,
      dlq_partition: String(record.partition),
      dlq_offset: record.offset,
      dlq_group: group,
      dlq_time: new Date().toISOString(),
    },
  }
}

/** Headers as they are sent: one value each. */
export function plainHeaders({ headers }: IncomingRecord): Record<string, string | Buffer> {
  const plain: Record<string, string | Buffer> = {}
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value
    if (one !== undefined && one !== null) plain[name] = one
  }
  return plain
}
