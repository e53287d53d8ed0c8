import type { ShownEvent } from '../events/shown-event.ts'
import type { Look } from './look.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { padded, short, widthOf } from './width.ts'
import { clean } from './table.ts'
import { clock, shortClock } from './times.ts'

const { stripVTControlCharacters } = process.getBuiltinModule('node:util')

const colours = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const
const known = ['order-events', 'inventory-events', 'payment-events', 'shipping-events', 'user-events', 'audit-events']

/** By its name, so that a topic has the same colour in every run. */
function colourOf(topic: string): (typeof colours)[number] {
  const at = known.indexOf(topic)
  const number = at >= 0 ? at : [...topic].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  return colours[number % colours.length] ?? 'cyan'
}

const narrow = 76 // columns; below, fractions of a second and the topic are dropped

/** One line that fits the width, because a wrapped one is hard to scan. */
export function renderEvent(event: ShownEvent, look: Look): string {
  const { colour, width } = look
  const type = padded(short(clean(event.type ?? '(no type)'), 18), 18)
  const about = padded(clean(aboutOf(event)), 12)
  const left =
    width < narrow
      ? [shortClock(event.time, look), colour[colourOf(event.topic)](type), about]
      : [
          clock(event.time, look),
          colour[colourOf(event.topic)](padded(short(topicName(event.topic), 14), 10)),
          type,
          about,
        ]
  return fitted(left, clean(essentials(event)), look)
}

export function fitted(left: string[], text: string, { width }: Look): string {
  const start = left.join(' ')
  return `${start} ${short(text, Math.max(8, width - widthOf(start) - 1))}`.trimEnd()
}

const topicName = (topic: string) => clean(topic).replace(/-events(?=$|\.dlq$)/, '')

/** Without colour, a mark at the start of the line must do. */
export function highlighted(line: string, patterns: readonly RegExp[], { colour }: Look): string {
  if (patterns.length === 0) return line
  const plain = stripVTControlCharacters(line)
  const found = patterns.some(one => one.test(plain))
  if (colour.level === 0) return `${found ? '>' : ' '} ${line}`
  if (!found) return line
  return patterns.reduce((text, { source }) => stressed(text, new RegExp(source, 'giu'), colour), line)
}

const escape = '\u001b'
const colourCodes = new RegExp(`(${escape}\\[[0-9;]*m)`)

const stressed = (text: string, wanted: RegExp, colour: Look['colour']) =>
  text
    .split(colourCodes)
    .map(part => (part.startsWith(escape) ? part : part.replaceAll(wanted, match => match && colour.inverse(match))))
    .join('')

// Consecutive ids begin alike, so the end is shown.
const aboutOf = ({ key }: ShownEvent) =>
  key === null ? '(no key)' : /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(key) ? key.slice(-12) : short(key, 12)

export function essentials({ data, headers }: ShownEvent): string {
  if (typeof data !== 'object' || data === null) return `not JSON: ${String(data).slice(0, 60)}`
  const words: string[] = []
  const {
    lines,
    total,
    amount,
    currency,
    unitPrice,
    reason,
    detail,
    shortages,
    carrier,
    trackingNumber,
    name,
    delta,
    available,
    username,
    role,
  } = data as Record<string, unknown>
  if (Array.isArray(lines)) words.push(lines.map(line => `${line?.quantity}×${line?.sku}`).join(' '))
  for (const money of [total, amount, unitPrice])
    if (typeof money === 'number' && typeof currency === 'string')
      words.push(`${formatMoney(money, currency)} ${currency}`)
  if (typeof reason === 'string') words.push(reason)
  if (Array.isArray(shortages))
    words.push(shortages.map(one => `${one?.sku}: ${one?.requested} wanted, ${one?.available} left`).join('; '))
  if (typeof delta === 'number') words.push(`${delta > 0 ? '+' : ''}${delta}, ${available} available`)
  for (const text of [detail, carrier, trackingNumber, name, username, role])
    if (typeof text === 'string') words.push(text)
  if (headers.dlq_reason) words.push(`${headers.dlq_reason}: ${headers.dlq_error} (from ${headers.dlq_group})`)
  return words.join('  ')
}
