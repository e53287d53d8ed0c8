import { header, type IncomingRecord } from '@docket/kafka/record-codec.ts'
import type { ShownEvent } from '@docket/contract/shown-event.ts'
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

export function toShownEvent(record: IncomingRecord): ShownEvent {
  const headers = Object.fromEntries(Object.keys(record.headers).map(name => [name, header(record, name) ?? '']))
  return {
    topic: record.topic,
    partition: record.partition,
    offset: Number(record.offset),
    time: new Date(Number(record.timestamp)).toISOString(),
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
    return text // not one of our events, so it is shown as it is
  }
}
