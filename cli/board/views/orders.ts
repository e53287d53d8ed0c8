import { orderStatuses } from '@docket/contract/terms.ts'
import { html, type Html } from '../html.ts'
import { line, pipsOf, type LiveOrder, type OrderFilter, type Pip } from '../live-orders.ts'
import type { BoardState } from '../state.ts'
import { stepNames } from '@docket/contract/steps.ts'
import { titleOf } from './flow.ts'
import { clock, count, duration, emptyNote, money, pieces, shortId, statusChip } from './words.ts'

const options = (chosen: string | undefined, all: readonly (readonly [string, string])[]) =>
  all.map(
    ([value, name]) => html`<option value="${value}" ${value === (chosen ?? '') && html` selected`}>${name}</option>`,
  )

/** Sent once for a view: what is typed there must not be replaced. */
export function orderFilters(filter: OrderFilter & { age?: string }): Html {
  return html`<form class="filters" data-filter role="search" aria-label="Filter orders">
    <input
      name="text"
      type="search"
      placeholder="Find: id, sku, customer, reason"
      aria-label="Text"
      value="${filter.text}"
      autocomplete="off"
      spellcheck="false"
      data-focus
    />
    <select name="status" aria-label="Status">
      ${options(filter.status, [['', 'Any status'], ['open', 'under way'], ['stuck', 'stuck'], ...orderStatuses.map(one => [one, one] as const)])}
    </select>
    <select name="step" aria-label="Step">
      ${options(filter.step, [['', 'Any step'], ...stepNames.map(one => [one, titleOf(one)] as const)])}
    </select>
    <select name="age" aria-label="Age">
      ${options(filter.age, [
        ['', 'Any age'],
        ['10s', 'older than 10 s'],
        ['1m', 'older than 1 min'],
        ['5m', 'older than 5 min'],
        ['1h', 'older than 1 h'],
      ])}
    </select>
    <input name="sku" placeholder="sku" aria-label="Item" value="${filter.sku}" autocomplete="off" spellcheck="false" />
    <input
      name="customer"
      placeholder="customer"
      aria-label="Customer"
      value="${filter.customer}"
      autocomplete="off"
      spellcheck="false"
    />
  </form>`
}

const pipWords: Readonly<Record<Pip, string>> = {
  done: 'done',
  now: 'waits for this',
  ahead: 'ahead',
  failed: 'ended here',
  none: 'not needed',
}

function pips(order: LiveOrder): Html {
  const states = pipsOf(order)
  const at = states.findIndex(one => one === 'now' || one === 'failed')
  const step = line[at]
  const words = step ? `${pipWords[states[at] ?? 'now']}: ${titleOf(step.name)}` : order.status
  return html`<span
    class="pips"
    role="img"
    aria-label="${states.filter(one => one === 'done').length} of ${line.length} steps, ${words}"
    >${states.map(one => html`<i class="${one}"></i>`)}</span
  >`
}

export function orderList({ orders, more }: { orders: readonly LiveOrder[]; more: number }, { now }: BoardState): Html {
  if (orders.length === 0) return emptyNote('No orders', 'None that this board has seen fits the filter.')
  return html`<table class="orders">
      <thead>
        <tr>
          <th>Order</th>
          <th>Steps</th>
          <th>Status</th>
          <th>Waits for, or why it ended</th>
          <th class="num">Waiting</th>
          <th class="num">Total</th>
          <th>Items</th>
          <th>Customer</th>
          <th class="num">Created</th>
        </tr>
      </thead>
      <tbody>
        ${orders.map(
          order =>
            html`<tr data-key="${order.id}" data-open="/orders/${order.id}">
              <td class="id"><a href="/orders/${order.id}" title="${order.id}">${shortId(order.id)}</a></td>
              <td>${pips(order)}</td>
              <td>${statusChip(order)}</td>
              <td class="waits">
                ${order.waitsFor ? order.waitsFor.step : (order.reason?.replaceAll('_', ' ') ?? '')}
              </td>
              <td class="num">${order.waitsFor && duration(Math.max(0, now - order.waitsSince))}</td>
              <td class="num">${money(order.total, order.currency)}</td>
              <td class="items">${pieces(order.lines)}</td>
              <td class="id">${order.customerId && shortId(order.customerId)}</td>
              <td class="num">${clock(order.createdAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${more > 0 && html`<p class="more">${count(more)} more fit the filter: make it narrower to see them.</p>`}`
}
