import { header, type IncomingRecord } from '@docket/kafka/record.ts'
import type { Look } from '../mgmt.ts'
import { formatMoney } from '../money.ts'
import { clean, short } from './table.ts'

/** A record as programs get it: `data` is the JSON value, or the text when it is not JSON. */
export interface ShownEvent {
  topic: string
  partition: number
  offset: number
  /** When Kafka got it, RFC 3339. */
  time: string
  key: string | null
  type: string | null
  headers: Record<string, string>
  data: unknown
}

export function toShownEvent(record: IncomingRecord): ShownEvent {
  const headers = Object.fromEntries(Object.keys(record.headers).map(name => [name, header(record, name) ?? '']))
  return {
    topic: record.topic, partition: record.partition, offset: Number(record.offset), time: new Date(Number(record.timestamp)).toISOString(),
    key: record.key?.toString() ?? null, type: headers.ce_type ?? null, headers, data: dataOf(record.value),
  }
}

function dataOf(value: Buffer | null): unknown {
  if (value === null) return null
  const text = value.toString()
  try {
    return JSON.parse(text)
  } catch {
    return text // not an event of ours; shown as it is
  }
}

const colours = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const
const known = ['order-events', 'inventory-events', 'payment-events', 'shipping-events', 'user-events']

/** A colour per topic, the same in every run. */
function colourOf(topic: string): typeof colours[number] {
  const at = known.indexOf(topic)
  const number = at >= 0 ? at : [...topic].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  return colours[number % colours.length] ?? 'cyan'
}

/** One line: time, topic, type, what it is about, and the essentials. */
export function renderEvent(event: ShownEvent, { colour, width }: Look): string {
  const topic = clean(event.topic).replace(/-events$/, '')
  const left = `${event.time.slice(11, 23)} ${colour[colourOf(event.topic)](short(topic, 14).padEnd(10))} ${clean(event.type ?? '(no type)').padEnd(18)} ${clean(aboutOf(event)).padEnd(12)}`
  return `${left} ${short(clean(essentials(event)), Math.max(20, width - 56))}`.trimEnd()
}

// Ids made one after another begin alike: their ends tell them apart.
const aboutOf = ({ key }: ShownEvent) => key === null ? '(no key)' : /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(key) ? key.slice(-12) : short(key, 12)

function essentials({ data, headers }: ShownEvent): string {
  if (typeof data !== 'object' || data === null) return `not JSON: ${String(data).slice(0, 60)}`
  const words: string[] = []
  const { lines, total, amount, currency, unitPrice, reason, detail, shortages, carrier, trackingNumber, name, delta, available, username, role } = data as Record<string, unknown>
  if (Array.isArray(lines)) words.push(lines.map(line => `${line?.quantity}×${line?.sku}`).join(' '))
  for (const money of [total, amount, unitPrice]) if (typeof money === 'number' && typeof currency === 'string') words.push(`${formatMoney(money, currency)} ${currency}`)
  if (typeof reason === 'string') words.push(reason)
  if (Array.isArray(shortages)) words.push(shortages.map(one => `${one?.sku}: ${one?.requested} wanted, ${one?.available} left`).join('; '))
  if (typeof delta === 'number') words.push(`${delta > 0 ? '+' : ''}${delta}, ${available} available`)
  for (const text of [detail, carrier, trackingNumber, name, username, role]) if (typeof text === 'string') words.push(text)
  if (headers.dlq_reason) words.push(`${headers.dlq_reason}: ${headers.dlq_error} (from ${headers.dlq_group})`)
  return words.join('  ')
}
