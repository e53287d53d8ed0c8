import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import { formatMoney } from '@docket/contract/money.ts'
import type { Money, Order, TimelineEntry, WholeOrder } from '../client/shapes.ts'
import { fitted } from './event.ts'
import { returnedLines } from './return.ts'
import { shipmentStatus } from './shipment.ts'
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

export function renderOrder(order: WholeOrder, look: Look): string {
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
        ['captured', moneyIn(order, 'captured')],
        ['refunded', moneyIn(order, 'refunded')],
        ['owed', moneyIn(order, 'owed')],
        ['customer', order.customerId],
        ['created', moment(order.createdAt, look)],
      ],
      look,
    ),
    '',
    linesOf(order, look),
    ...partsOf(order, look).flatMap(part => ['', part]),
    ...(order.timeline ? ['', renderTimeline(order.timeline, look)] : []),
  ].join('\n')
}

function moneyIn({ money, currency }: WholeOrder, which: keyof Money): string | undefined {
  const amount = money?.[which] ?? 0
  return amount > 0 ? `${formatMoney(amount, currency)} ${currency}` : undefined
}

function partsOf({ shipments = [], returns = [], cancelRequests = [] }: WholeOrder, look: Look): string[] {
  const pieces = (lines: readonly { sku: string; quantity: number }[]) =>
    clean(lines.map(({ sku, quantity }) => `${quantity}×${sku}`).join(' '))
  return [
    [
      ['SHIPMENT', 'STATUS', 'TRACKING', 'LINES'],
      shipments.map(one => [one.id, shipmentStatus(one, look), clean(one.trackingNumber ?? ''), pieces(one.lines)]),
    ] as const,
    [
      ['RETURN', 'STATUS', 'KIND', 'LINES'],
      returns.map(one => [one.id, one.status, one.kind, returnedLines(one)]),
    ] as const,
    [
      ['CANCEL REQUEST', 'STATUS', 'LINES'],
      cancelRequests.map(one => [one.requestId, one.status, pieces(one.lines)]),
    ] as const,
  ].flatMap(([columns, rows]) =>
    rows.length > 0 ? [table([...columns], rows, look, [], [columns.length - 1, 2])] : [],
  )
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
  const width = Math.max(usualWidth, ...timeline.map(({ event }) => event.length))
  return timeline.map((entry, at) => renderStep(entry, timeline[at - 1], look, width)).join('\n')
}

const usualWidth = 18 // of the events of an order that leaves in one shipment

export function renderStep(
  entry: TimelineEntry,
  before: TimelineEntry | undefined,
  look: Look,
  width = usualWidth,
): string {
  const since = before ? `+${formatDuration(Math.max(0, Date.parse(entry.at) - Date.parse(before.at)))}` : ''
  const { colour } = look
  const bad = /rejected|cancelled|failed|undeliverable|lost/.test(entry.event)
  const good = /completed|accepted|succeeded|shipped|delivered/.test(entry.event)
  const name = clean(entry.event).padEnd(width)
  const left = `${clock(entry.at, look)} ${since.padStart(8)}  ${bad ? colour.yellow(name) : good ? colour.green(name) : name} ${entry.service.padEnd(18)}`
  return fitted([left], clean(entry.detail ?? ''), look)
}
