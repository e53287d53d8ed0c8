import { salesKeys, type SalesKey } from '../../orders/reports.ts'
import type { SalesLine } from '../../orders/sales.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { html, type Html } from '../html.ts'
import { reportSpans, type Reports, type ReportSpan } from '../reports.ts'
import { command, count, duration, emptyNote, money, segments, shortId, statusChip } from './words.ts'

export const reportFrame = (span: ReportSpan, by: SalesKey) =>
  html`<h1 class="hidden">Reports</h1>
    <form class="filters" data-filter aria-label="Span and lines of the reports">
      ${segments('Orders of the last', 'span', reportSpans, span)} ${segments('Sales by', 'by', salesKeys, by)}
    </form>
    <div class="reports">
      <section class="panel">
        <h2 data-part="sales-title"></h2>
        <div class="scroll" data-part="sales" tabindex="0" role="group" aria-label="Sales"></div>
      </section>
      <div class="order-side">
        <section class="panel">
          <h2>Lead times: from created until</h2>
          <div data-part="lead-times"></div>
        </section>
        <section class="panel">
          <h2>Why orders were rejected or cancelled</h2>
          <div data-part="reasons"></div>
        </section>
      </div>
    </div>`

/** What is said in place of a report that is not there. */
const missing = (report: { trouble: string } | undefined) =>
  report ? emptyNote('Not known', report.trouble) : html`<p class="mute">reading…</p>`

/** As long as its share of the largest value, and in sight if there is any. */
const bar = (value: number, largest: number) =>
  html`<svg class="bar-of" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${(value > 0 ? Math.max(1, (100 * value) / largest) : 0).toFixed(1)}" height="6"></rect>
  </svg>`

const largestOf = (values: readonly number[]) => Math.max(0, ...values)

const mostSales = 100

export function salesReport(report: Reports['sales'] | undefined, span: ReportSpan, by: SalesKey): Html {
  if (!report || 'trouble' in report) return missing(report)
  const { lines, notes } = report
  if (lines.length === 0) return emptyNote('Nothing was sold', `No order of the last ${span} was accepted.`)
  const sales = lines.filter(({ line }) => line === 'sales')
  const sums = lines.filter(({ line }) => line !== 'sales')
  const largest = largestOf(sales.map(({ net }) => net))
  const more = sales.length - mostSales
  return html`${notes.map(note => html`<p class="told">${note}</p>`)}
    <table class="report sales">
      <thead>
        <tr>
          <th>${by === 'day' ? 'Day (UTC)' : by === 'sku' ? 'Item' : 'Customer'}</th>
          <th class="num">Orders</th>
          <th class="num part">Pieces</th>
          <th class="num part">Gross</th>
          <th class="num part">Cancelled</th>
          <th class="num part">Returned</th>
          <th class="num">Net</th>
          <th><span class="hidden">Currency</span></th>
          <th class="share"><span class="hidden">Share of the largest</span></th>
        </tr>
      </thead>
      <tbody>
        ${sales.slice(0, mostSales).map(one => salesRow(one, largest))}
      </tbody>
      <tfoot>
        ${sums.map(one => salesRow(one, largest))}
      </tfoot>
    </table>
    ${more > 0 && html`<p class="more">${count(more)} more: ${command(`mgmt reports sales --since ${span} --by ${by}`)}</p>`}`
}

function salesRow({ line, key = '', currency, net, ...more }: SalesLine, largest: number): Html {
  const amount = (minor: number | undefined) => (minor === undefined ? '' : formatMoney(minor, currency))
  return html`<tr data-key="${line} ${key} ${currency}">
    <td title="${key}">${line === 'sales' ? shortId(key) : line === 'total' ? 'Total' : 'Goodwill'}</td>
    <td class="num">${more.orders === undefined ? '' : count(more.orders)}</td>
    <td class="num part">${more.pieces === undefined ? '' : count(more.pieces)}</td>
    <td class="num part">${amount(more.gross)}</td>
    <td class="num part">${amount(more.cancelled)}</td>
    <td class="num part">${amount(more.returned)}</td>
    <td class="num">${amount(net)}</td>
    <td class="mute">${currency}</td>
    <td class="share">${line === 'sales' && bar(net, largest)}</td>
  </tr>`
}

export function leadTimeReport(steps: Reports['leadTimes'] | undefined): Html {
  if (!steps || 'trouble' in steps) return missing(steps)
  if (steps.length === 0) return emptyNote('No order took any step', 'The times of steps are kept for a while only.')
  const largest = largestOf(steps.map(({ p95 }) => p95))
  const took = (seconds: number) => duration(Math.round(seconds * 1_000))
  return html`<table class="report">
    <thead>
      <tr>
        <th>Until</th>
        <th class="num">Orders</th>
        <th class="num">p50</th>
        <th class="num">p95</th>
        <th class="num part">Longest</th>
        <th class="share"><span class="hidden">p95 as a share of the largest</span></th>
      </tr>
    </thead>
    <tbody>
      ${steps.map(
        ({ step, orders, p50, p95, longest }) =>
          html`<tr data-key="${step}">
            <td>${step}</td>
            <td class="num">${count(orders)}</td>
            <td class="num">${took(p50)}</td>
            <td class="num">${took(p95)}</td>
            <td class="num part">${took(longest)}</td>
            <td class="share">${bar(p95, largest)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

export function reasonReport(reasons: Reports['reasons'] | undefined): Html {
  if (!reasons || 'trouble' in reasons) return missing(reasons)
  if (reasons.length === 0) return emptyNote('None was', 'Every order was completed, or is under way.')
  const largest = largestOf(reasons.map(({ orders }) => orders))
  return html`<table class="report">
    <thead>
      <tr>
        <th>Reason</th>
        <th>Status</th>
        <th class="num">Orders</th>
        <th class="num">Value</th>
        <th class="share"><span class="hidden">Share of the largest</span></th>
      </tr>
    </thead>
    <tbody>
      ${reasons.map(
        ({ status, reason, currency, orders, total }) =>
          html`<tr data-key="${status} ${reason} ${currency}">
            <td>${reason.replaceAll('_', ' ')}</td>
            <td>${statusChip({ status })}</td>
            <td class="num">${count(orders)}</td>
            <td class="num">${currency === 'XXX' ? '–' : money(total, currency)}</td>
            <td class="share">${bar(orders, largest)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}
