import type { ShownEvent } from '@docket/contract/shown-event.ts'
import { header, timeOf, type IncomingRecord } from '@docket/kafka/record-codec.ts'
import { shownEvent } from '@docket/kafka/shown-event.ts'
import { declaredTopics } from '@docket/kafka/topics.ts'
import { mapOf, type ShapeOf } from '../shape.ts'

export type { ShownEvent }

export const eventShape: ShapeOf<ShownEvent> = {
  topic: 'string',
  partition: 'integer',
  offset: 'integer',
  time: 'string',
  key: 'string|null',
  type: 'string|null',
  headers: mapOf('string'),
  data: 'any',
}

export const eventFields = [
  'topic',
  'partition',
  'offset',
  'time',
  'key',
  'type',
  'headers',
  'data',
] as const satisfies (keyof ShownEvent)[]

const ours: ReadonlySet<string> = new Set(declaredTopics.map(({ topic }) => topic))

/** Events of ours are masked; what others keep in topics of their own is shown as it is. */
export function toShownEvent(record: IncomingRecord, reveals?: 'personal'): ShownEvent {
  if (ours.has(record.topic)) return shownEvent(record, reveals)
  const headers = Object.fromEntries(Object.keys(record.headers).map(name => [name, header(record, name) ?? '']))
  return {
    topic: record.topic,
    partition: record.partition,
    offset: Number(record.offset),
    time: timeOf(record),
    key: record.key?.toString() ?? null,
    type: headers.ce_type ?? null,
    headers,
    data: dataOf(record.value),
  }
}

function dataOf(value: Buffer | null): unknown {
  if (value === null) return null
  const text = value.toString()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
