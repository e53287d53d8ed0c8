import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import { keyIn, keyInWords } from '@docket/contract/key.ts'
import { isId } from '@docket/contract/mask.ts'
import { isEventType, validate } from '@docket/contract/validate.ts'

export interface OutgoingRecord {
  topic: string
  key: string | null
  value: string | Buffer | null
  headers: Record<string, string | Buffer>
}

export interface IncomingRecord {
  topic: string
  partition: number
  offset: string
  timestamp: string
  key: Buffer | null
  value: Buffer | null
  headers: Record<string, Buffer | string | (Buffer | string)[] | undefined>
  /** As `header`, for a record that need not decode all of them. */
  textOf?(name: string): string | undefined
}

// of RFC 3339: the timestamp of a record is whatever its client wrote, and may be no time of JavaScript's either
const earliestMs = Date.parse('0000-01-01T00:00:00.000Z')
const latestMs = Date.parse('9999-12-31T23:59:59.999Z')

/** When the record was written, RFC 3339. */
export const timeOf = ({ timestamp }: IncomingRecord): string =>
  new Date(Math.min(Math.max(Number(timestamp), earliestMs), latestMs)).toISOString()

export interface Envelope {
  id: string
  type: EventType
  source: string
  key: string
  time: string
  sequence: number
  traceparent?: string | undefined
  payload: string
}

export function toRecord(topic: string, event: Envelope): OutgoingRecord {
  return {
    topic,
    key: event.key,
    value: event.payload,
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_type: event.type,
      ce_source: event.source,
      ce_subject: event.key,
      ce_time: event.time,
      ce_sequence: String(event.sequence),
      'content-type': 'application/json',
      ...(event.traceparent && { traceparent: event.traceparent }),
    },
  }
}

export const malformedReasons = [
  'no_type',
  'unknown_type',
  'no_key',
  'no_value',
  'bad_header',
  'not_json',
  'breaks_contract',
] as const

export const notJson = 'the value is not JSON'

export interface Malformed {
  reason: (typeof malformedReasons)[number]
  message: string
}

export const header = (record: IncomingRecord, name: string): string | undefined =>
  record.textOf ? record.textOf(name) : firstText(record.headers, name)

export function firstText(headers: IncomingRecord['headers'], name: string): string | undefined {
  const value = headers[name]
  const one = Array.isArray(value) ? value[0] : value
  return one === undefined || one === null ? undefined : one.toString()
}

/** `noun.verbed`, as every type of the contract is written. */
export const eventTypePattern = /^[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$/

interface Parsed extends Pick<Envelope, 'id' | 'key' | 'time' | 'sequence'> {
  type: string
  data: unknown
}

function parseEnvelope(record: IncomingRecord): Parsed | Malformed {
  const type = header(record, 'ce_type')
  if (type === undefined) return { reason: 'no_type', message: 'header ce_type is missing' }
  if (!eventTypePattern.test(type))
    return { reason: 'unknown_type', message: 'header ce_type is not an event type: noun.verbed' }
  if (!record.key?.length) return { reason: 'no_key', message: 'the record has no key' }
  if (!record.value) return { reason: 'no_value', message: 'the record has no value' }
  const id = header(record, 'ce_id')
  const sequence = Number(header(record, 'ce_sequence'))
  const time = header(record, 'ce_time')
  if (!id) return { reason: 'bad_header', message: 'header ce_id is missing' }
  if (!isId(id)) return { reason: 'bad_header', message: 'header ce_id is not a UUID' }
  if (!Number.isSafeInteger(sequence) || sequence < 1)
    return { reason: 'bad_header', message: 'header ce_sequence is not a whole number from 1' }
  if (!time || Number.isNaN(Date.parse(time))) return { reason: 'bad_header', message: 'header ce_time is not a time' }
  try {
    return { id, type, key: record.key.toString(), time, sequence, data: JSON.parse(record.value.toString()) }
  } catch {
    return { reason: 'not_json', message: notJson } // the error would quote the value
  }
}

export interface UnknownEvent {
  unknownType: string
}

/** The event in a record, checked against the contract, or what is wrong with it. Never throws. */
export function parseRecord(record: IncomingRecord): DocketEvent | UnknownEvent | Malformed {
  const parsed = parseEnvelope(record)
  if ('reason' in parsed) return parsed
  const { type, data } = parsed
  if (!isEventType(type)) {
    if (data === null || typeof data !== 'object' || Array.isArray(data))
      return { reason: 'breaks_contract', message: 'the value is not a JSON object' }
    return { unknownType: type }
  }
  const problems = validate(type, data)
  if (problems.length > 0) return { reason: 'breaks_contract', message: problems.slice(0, 5).join('; ') }
  // each consumer takes the key for the aggregate, and the data of one key are in order; those of two would not be
  if (parsed.key !== keyIn(type, data))
    return { reason: 'breaks_contract', message: `the key of the record is not ${keyInWords(type)}` }
  const traceparent = header(record, 'traceparent')
  // validate() has just checked that the data fits the type
  return { ...parsed, source: header(record, 'ce_source') ?? '', ...(traceparent && { traceparent }) } as DocketEvent
}

export const isUnknownEvent = (value: DocketEvent | UnknownEvent | Malformed): value is UnknownEvent =>
  'unknownType' in value

export function isMalformed(value: DocketEvent | UnknownEvent | Malformed): value is Malformed {
  return 'reason' in value
}
