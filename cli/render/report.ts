import type { LeadTimes, Reasons } from '../client/shapes.ts'
import { formatDuration } from '../input/durations.ts'
import { formatMoney } from '@docket/contract/money.ts'
import type { SalesLine } from '../orders/sales.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'

const barWidth = 24
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** As long as its share of the largest value, in eighths of a character. */
function bar(value: number, largest: number): string {
  const length = largest > 0 ? Math.round((Math.max(0, value) / largest) * barWidth * 8) : 0
  return '█'.repeat(Math.floor(length / 8)) + (eighths[length % 8] ?? '')
}

const largestOf = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0)

export const renderSales =
  (by: string) =>
  (lines: readonly SalesLine[], look: Look): string => {
    if (lines.length === 0) return 'nothing was sold'
    const largest = largestOf(lines.map(({ line, net }) => (line === 'sales' ? net : 0)))
    const rows = lines.map(({ line, key, currency, orders, pieces, net, ...more }) => {
      const money = (amount?: number) => (amount === undefined ? '' : formatMoney(amount, currency))
      return [
        line === 'sales' ? clean(key ?? '') : look.colour.bold(line),
        orders === undefined ? '' : String(orders),
        pieces === undefined ? '' : String(pieces),
        money(more.gross),
        money(more.cancelled),
        money(more.returned),
        money(net),
        clean(currency),
        line === 'sales' ? look.colour.cyan(bar(net, largest)) : '',
      ]
    })
    const head = [by.toUpperCase(), 'ORDERS', 'PIECES', 'GROSS', 'CANCELLED', 'RETURNED', 'NET', '', '']
    return table(head, rows, look, [1, 2, 3, 4, 5, 6], [8, 0])
  }

export function renderLeadTimes(steps: LeadTimes['items'], look: Look): string {
  if (steps.length === 0) return 'no order took any step'
  const largest = largestOf(steps.map(({ p95 }) => p95))
  const took = (seconds: number) => formatDuration(Math.round(seconds * 1_000))
  const rows = steps.map(({ step, orders, p50, p95, longest }) => [
    clean(step),
    String(orders),
    took(p50),
    took(p95),
    took(longest),
    look.colour.cyan(bar(p95, largest)),
  ])
  return table(['UNTIL', 'ORDERS', 'P50', 'P95', 'LONGEST', ''], rows, look, [1, 2, 3, 4], [5, 0])
}

export function renderReasons(reasons: Reasons['items'], look: Look): string {
  if (reasons.length === 0) return 'no order was rejected or cancelled'
  const largest = largestOf(reasons.map(({ orders }) => orders))
  const rows = reasons.map(({ status, reason, currency, orders, total }) => [
    clean(status),
    clean(reason.replaceAll('_', ' ')),
    String(orders),
    `${formatMoney(total, currency)} ${clean(currency)}`,
    look.colour.cyan(bar(orders, largest)),
  ])
  return table(['STATUS', 'REASON', 'ORDERS', 'VALUE', ''], rows, look, [2, 3], [4, 1])
}
