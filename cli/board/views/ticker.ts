import { essentials } from '../../render/event.ts'
import type { ShownEvent } from '../../events/shown-event.ts'
import type { Numbered } from '../history.ts'
import { orderOf } from '@docket/contract/event-filter.ts'
import { html, type Html } from '../html.ts'
import { clock, shortId } from './words.ts'

const topics = ['order-events', 'inventory-events', 'payment-events', 'shipping-events', 'user-events']

/** By its number, so that a row is made once for all pages. */
const rows = new WeakMap<Numbered, Html>()

export function tickerRow(one: Numbered): Html {
  const known = rows.get(one)
  if (known) return known
  const row = 'gap' in one ? gapRow(one.seq, one.gap) : eventRow(one.seq, one.event)
  rows.set(one, row)
  return row
}

const gapRow = (seq: number, { from, to }: { from: string; to: string }) =>
  html`<li class="gap" data-seq="${seq}">events from ${clock(from)} to ${clock(to)} were not seen here</li>`

function eventRow(seq: number, event: ShownEvent): Html {
  const order = orderOf(event)
  const bad = /rejected|cancelled|failed|undeliverable|lost/.test(event.type ?? '')
  const end = event.type === 'order.completed'
  const at = topics.indexOf(event.topic)
  return html`<li
    data-seq="${seq}"
    data-at="${Date.parse(event.time)}"
    data-id="${event.topic}/${event.partition}/${event.offset}"
  >
    ${clock(event.time)}<span class="topic t${at < 0 ? 9 : at}">${event.topic.replace(/-events$/, '')}</span
    ><b class="${bad ? 'bad' : end && 'good'}">${event.type ?? '(no type)'}</b>${
      order === undefined
        ? html`<span class="id">${event.key === null ? '–' : shortId(event.key)}</span>`
        : html`<a class="id" href="/orders/${order}">${shortId(order)}</a>`
    }<span class="what">${essentials(event)}</span>
  </li>`
}

export const tickerFilters = (query: { text?: string; topic?: string; type?: string }) =>
  html`<form class="filters" data-filter role="search" aria-label="Filter events">
    <input
      name="text"
      type="search"
      placeholder="Find in what is shown"
      aria-label="Text"
      value="${query.text}"
      autocomplete="off"
      spellcheck="false"
      data-focus
    />
    <select name="topic" aria-label="Topic">
      <option value="">Any topic</option>
      ${topics.map(one => html`<option${one === query.topic && html` selected`}>${one}</option>`)}
    </select>
    <input
      name="type"
      placeholder="type, such as order.completed"
      aria-label="Type"
      value="${query.type}"
      autocomplete="off"
      spellcheck="false"
    />
    <button type="button" data-pause aria-pressed="false">Pause <kbd>p</kbd></button>
    <span class="mute" data-part="pace" role="status"></span>
  </form>`
