import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import { formatMoney } from '../input/money.ts'
import type { Order, TimelineEntry } from '../client/shapes.ts'
import { fitted } from './event.ts'
import { clean, facts, table } from './table.ts'
import { clock, moment } from './times.ts'

/** Always a word: colour alone is lost on some readers and terminals. */
export function status({ status: word, stuck }: Pick<Order, 'status' | 'stuck'>, { colour }: Look): string {
  if (stuck) return colour.red(`${word} (stuck)`)
  switch (word) {
    case 'completed':
      return colour.green(word)
    case 'rejected':
    case 'cancelled':
      return colour.yellow(word)
    case 'pending':
    case 'accepted':
      return colour.cyan(word)
  }
}

const total = (order: Order) =>
  order.currency === 'XXX' ? '–' : `${formatMoney(order.total, order.currency)} ${order.currency}`

export function renderOrders(orders: readonly Order[], look: Look): string {
  if (orders.length === 0) return 'no orders'
  const rows = orders.map(order => [
    order.id,
    status(order, look),
    total(order),
    `${formatDuration(Math.max(0, look.now.getTime() - Date.parse(order.createdAt)))} ago`,
    clean(noteOf(order)),
  ])
  return table(['ID', 'STATUS', 'TOTAL', 'CREATED', 'NOTE'], rows, look, [2], [4])
}

function noteOf({ detail, stuck, waitsFor, cause }: Order): string {
  if (detail !== undefined) return detail
  return stuck && waitsFor ? `waits for ${waitsFor.step}${cause ? `: ${cause.text}` : ` by ${waitsFor.service}`}` : ''
}

export function renderOrder(order: Order, look: Look): string {
  return [
    facts(
      [
        ['order', order.id],
        ['status', status(order, look)],
        ['reason', order.reason?.replaceAll('_', ' ')],
        ['detail', order.detail && clean(order.detail)],
        ['waits for', order.waitsFor && `${order.waitsFor.step}, by ${order.waitsFor.service}`],
        ['because', order.cause && clean(order.cause.text)],
        ['next', order.cause?.next],
        ['total', total(order)],
        ['customer', order.customerId],
        ['created', moment(order.createdAt, look)],
      ],
      look,
    ),
    '',
    linesOf(order, look),
    ...(order.timeline ? ['', renderTimeline(order.timeline, look)] : []),
  ].join('\n')
}

/** What became of the lines is shown once something did. */
function linesOf(order: Order, look: Look): string {
  const hasMoved = order.lines.some(({ cancelled = 0, shipped = 0 }) => cancelled + shipped > 0)
  const rows = order.lines.map(({ sku, name, quantity, unitPrice, cancelled = 0, shipped = 0, returned = 0 }) => [
    String(quantity),
    ...(hasMoved ? [quantity - cancelled - shipped, shipped, cancelled, returned].map(String) : []),
    clean(sku),
    clean(name),
    order.currency === 'XXX' ? '–' : formatMoney(unitPrice, order.currency),
  ])
  return hasMoved
    ? table(
        ['QTY', 'OPEN', 'SHIPPED', 'CANCELLED', 'RETURNED', 'SKU', 'NAME', 'PRICE'],
        rows,
        look,
        [0, 1, 2, 3, 4, 7],
        [6, 5],
      )
    : table(['QTY', 'SKU', 'NAME', 'PRICE'], rows, look, [0, 3], [2, 1])
}

export function renderTimeline(timeline: readonly TimelineEntry[], look: Look): string {
  return timeline.map((entry, at) => renderStep(entry, timeline[at - 1], look)).join('\n')
}

export function renderStep(entry: TimelineEntry, before: TimelineEntry | undefined, look: Look): string {
  const since = before ? `+${formatDuration(Math.max(0, Date.parse(entry.at) - Date.parse(before.at)))}` : ''
  const { colour } = look
  const bad = /rejected|cancelled|failed|undeliverable|lost/.test(entry.event)
  const good = /completed|accepted|succeeded|shipped|delivered/.test(entry.event)
  const name = clean(entry.event).padEnd(18)
  const left = `${clock(entry.at, look)} ${since.padStart(8)}  ${bad ? colour.yellow(name) : good ? colour.green(name) : name} ${entry.service.padEnd(18)}`
  return fitted([left], clean(entry.detail ?? ''), look)
}
