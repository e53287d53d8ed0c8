import { isId, mask, masked, maskText } from '@docket/contract/mask.ts'
import type { ShownEvent } from '@docket/contract/shown-event.ts'
import { isDeadLetterTopic } from './topics.ts'
import { eventTypePattern, header, notJson, timeOf, type IncomingRecord } from './record-codec.ts'

/**
 * A record as it may be seen, whatever is in it: anyone may have written it. Its data are masked (mask.ts), unknown
 * headers are left out, and of what the contract does not define only ids are shown.
 */
export function shownEvent(record: IncomingRecord, reveals?: 'personal'): ShownEvent {
  const type = header(record, 'ce_type')
  const known = type !== undefined && eventTypePattern.test(type) ? type : null
  const whole = dataOf(record.value)
  const data = mask(known, whole, reveals)
  return {
    topic: record.topic,
    partition: record.partition,
    offset: Number(record.offset),
    time: timeOf(record),
    key: record.key === null ? null : shownKey(record.key.toString(), data),
    type: type === undefined ? null : (known ?? masked),
    headers: shownHeaders(record, whole, data),
    data,
  }
}

function dataOf(value: Buffer | null): unknown {
  if (value === null) return null
  try {
    return JSON.parse(value.toString())
  } catch {
    return masked
  }
}

/** An id, or the SKU that the data name. */
const shownKey = (key: string, data: unknown) =>
  isId(key) || (typeof data === 'object' && data !== null && 'sku' in data && data.sku === key) ? key : masked

const headerForms: Readonly<Record<string, RegExp>> = {
  ce_specversion: /^[\d.]{1,8}$/,
  ce_id: /^[0-9a-f-]{36}$/i,
  ce_type: eventTypePattern,
  ce_source: /^\/[a-z-]+-service$/,
  ce_time: /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z$/,
  ce_sequence: /^\d{1,16}$/,
  'content-type': /^application\/json$/,
  traceparent: /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/,
  dlq_reason: /^[a-z_]{1,40}$/,
  dlq_topic: /^[a-z-]{1,40}$/,
  dlq_partition: /^-?\d{1,8}$/,
  dlq_offset: /^\d{1,16}$/,
  dlq_group: /^[a-z0-9-]{1,60}$/,
  dlq_time: /^\d{4}-\d\d-\d\dT[\d:.]{8,18}Z$/,
  dlq_redriven: /^[a-z-]{1,40}\/\d{1,8}\/\d{1,16}$/,
  dlq_dismissed: /^yes$/,
  dlq_value: /^by-reference$/,
}

function shownHeaders(record: IncomingRecord, whole: unknown, data: unknown): Record<string, string> {
  const headers: Record<string, string> = {}
  const isDead = isDeadLetterTopic(record.topic)
  for (const name in record.headers) {
    if (name.startsWith('dlq_') && !isDead) continue // the words of anyone
    const value = header(record, name) ?? ''
    const form = Object.hasOwn(headerForms, name) ? headerForms[name] : undefined
    if (form) headers[name] = form.test(value) ? value : masked
    else if (name === 'ce_subject') headers[name] = shownKey(value, data)
    else if (name === 'dlq_error') headers[name] = shownError(value, record, whole, data)
  }
  return headers
}

/** An error about something that is not JSON, or not there, may quote any part of it; others quote data, key or headers. */
function shownError(text: string, record: IncomingRecord, whole: unknown, data: unknown): string {
  if (text !== notJson && (whole === masked || whole === null)) return masked
  const key = record.key?.toString() ?? ''
  const misfits = Object.entries(headerForms).flatMap(([name, form]) => {
    const value = header(record, name)
    return value === undefined || form.test(value) ? [] : [value]
  })
  return maskText(text, [whole, key, ...misfits], [data, shownKey(key, data)])
}

/** What may be said of an error in handling a record: those of databases quote values. */
export function errorAbout(record: IncomingRecord, message: string): string {
  const whole = dataOf(record.value)
  return shownError(message, record, whole, mask(header(record, 'ce_type') ?? null, whole))
}
