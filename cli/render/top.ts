import { formatDuration } from '../input/durations.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { ordersIn, type OrderUnderWay, type Top, type View } from '../orders/top.ts'
import type { Look } from './look.ts'
import { renderOrder, status } from './order.ts'
import { clean, table } from './table.ts'
import { shortClock } from './times.ts'
import { short } from './width.ts'

/** Without keys, for `--once`. */
export const renderTop = (top: Top, view: View, look: Look): string =>
  [headOf(top, look), '', stepsOf(top, view, look), '', listOf(ordersIn(top, view), top, look)].join('\n')

/** For a terminal with so many rows, of which the last tells the keys. */
export function renderLiveTop(top: Top, view: View, look: Look, rows: number): string {
  if (view.isHelp) return help
  const footer = look.colour.dim(short(view.open ? 'q quit  Esc back' : keysOf(view), look.width))
  if (view.open) {
    const { order, id } = view.open
    return cut([...(order ? renderOrder(order, look).split('\n') : [`order ${id} …`]), ''], rows - 1, footer)
  }
  const above = [headOf(top, look), '', ...stepsOf(top, view, look).split('\n'), '']
  const room = Math.max(1, rows - above.length - 3) // the titles of the list, an empty line and the keys
  const orders = ordersIn(top, view)
  const from = Math.max(0, Math.min(view.selected - Math.floor(room / 2), orders.length - room))
  const [titles = '', ...lines] = listOf(orders.slice(from, from + room), top, look).split('\n')
  const list = lines.map((line, at) => (at === view.selected - from ? look.colour.inverse(line) : line))
  return cut([...above, titles, ...list, ''], rows - 1, footer)
}

const cut = (lines: readonly string[], rows: number, footer: string) =>
  [...lines.slice(0, Math.max(0, rows - 1)), footer].join('\n')

function headOf({ at, perSecond, windowSeconds, isLimited }: Top, look: Look): string {
  const rates = Object.entries(perSecond).map(([what, rate]) => `${what} ${rateOf(rate)}`)
  const limited = isLimited ? '; there are more orders than were counted' : ''
  return short(`${shortClock(at, look)}  ${rates.join(', ')} a second, over ${windowSeconds} s${limited}`, look.width)
}

const rateOf = (perSecond: number) => perSecond.toFixed(perSecond >= 10 ? 0 : perSecond >= 1 ? 1 : 2)

function stepsOf({ at, steps }: Top, { step }: View, look: Look): string {
  const { colour } = look
  const rows = steps.map(one => [
    one.name === step ? colour.inverse(one.name) : one.name,
    one.service,
    String(one.orders),
    one.stuck > 0 ? colour.red(String(one.stuck)) : '0',
    one.oldestSince === undefined ? '–' : ageOf(one.oldestSince, at),
    rateOf(one.perSecond),
    one.p50Ms === undefined ? '–' : formatDuration(one.p50Ms),
    one.p95Ms === undefined ? '–' : formatDuration(one.p95Ms),
  ])
  const head = ['STEP', 'SERVICE', 'ORDERS', 'STUCK', 'OLDEST', 'PER S', 'P50', 'P95']
  return table(head, rows, look, [2, 3, 4, 5, 6, 7], [1, 7, 6, 5])
}

function listOf(orders: readonly OrderUnderWay[], { at }: Top, look: Look): string {
  if (orders.length === 0) return 'no order waits for anything'
  const rows = orders.map(order => [
    order.id,
    status(order, look),
    order.waitsFor.name,
    ageOf(order.waitsFor.since, at),
    order.currency === 'XXX' ? '–' : `${formatMoney(order.total, order.currency)} ${order.currency}`,
    clean(order.lines.map(({ sku, quantity }) => `${quantity}×${sku}`).join(' ')),
    clean(
      order.cause ? `${order.cause.text}; ${order.cause.next}` : `${order.waitsFor.step}, by ${order.waitsFor.service}`,
    ),
  ])
  return table(['ORDER', 'STATUS', 'WAITS FOR', 'FOR', 'TOTAL', 'LINES', 'WHAT'], rows, look, [3, 4], [6, 5, 4, 1])
}

const ageOf = (since: string, at: string) => formatDuration(Math.max(0, Date.parse(at) - Date.parse(since)))

const keysOf = ({ sort, step, stuckOnly }: View) =>
  `q quit  ? help  ↑↓ select  Enter open  ←→ step: ${step ?? 'all'}  s sort: ${sort}  x stuck only: ${stuckOnly ? 'yes' : 'no'}`

const help = `↑ ↓, k j    select an order
Enter       open it: lines, shipments, returns, money and steps
Esc, ←      go back
← →, F f    only orders that wait for one step, or for any
s           sort by waiting time, step, total or age
x           only orders that are stuck
? h         this help
q, Ctrl-C   quit`
