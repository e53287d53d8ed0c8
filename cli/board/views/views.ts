import { parseDuration } from '../../input/durations.ts'
import { html, type Html } from '../html.ts'
import type { LiveOrders, OrderFilter } from '../live-orders.ts'
import type { BoardState } from '../state.ts'
import { pipeline, servicesTable, troubles } from './flow.ts'
import { figures } from './frame.ts'
import { orderFilters, orderList } from './orders.ts'
import { letterList, spanPicker, spans, stuckList, type Span } from './rates.ts'
import { tickerFilters } from './ticker.ts'

export interface View {
  title: string
  /** Sent once; what changes has a name, `data-part`. */
  frame: Html
  parts(state: BoardState): Record<string, Html>
  /** How far back charts go; undefined: there are none. */
  spanMs?: number
  /** How many events are shown, and which; undefined: none. */
  ticker?: { rows: number; filter: EventQuery }
}

/** A view that reads for itself what it shows, for as long as it is open. */
export interface OpenedView extends View {
  /** Changes with what it shows. */
  version(): number
  stop(): void
}

/** As far as it can be told from what is shown. */
export interface EventQuery {
  text?: string
  topic?: string
  type?: string
}

const part = (name: string) => html`<div data-part="${name}"></div>`

/** One that scrolls must be reached with the keyboard. */
const scrollingPart = (name: string, label: string) =>
  html`<div class="scroll" data-part="${name}" tabindex="0" role="group" aria-label="${label}"></div>`

const panel = (title: string, body: Html, link?: Html) =>
  html`<section class="panel">
    <div class="panel-head">
      <h2>${title}</h2>
      ${link}
    </div>
    ${body}
  </section>`

const chart = (kind: string, title: string | Html) =>
  html`<figure class="panel" data-chart="${kind}">
    <figcaption>
      <b>${title}</b>
      <ul></ul>
    </figcaption>
    <div class="plot"></div>
  </figure>`

const overviewRows = 40

function flowView(): View {
  return {
    title: 'Flow',
    spanMs: spans['15m'],
    ticker: { rows: overviewRows, filter: {} },
    frame: html`<h1 class="hidden">Flow</h1>
      <dl class="figures" data-part="figures"></dl>
      <section class="panel" aria-label="Steps of an order">
        ${part('pipeline')}
        <ul class="troubles" data-part="troubles"></ul>
      </section>
      <div class="three">
        ${chart('orders', 'Orders a second, last 15 minutes')}
        ${panel('Services', scrollingPart('services', 'Services'))}
        ${panel('Latest events', html`<ol class="ticker small scroll" data-most="${overviewRows}" tabindex="0" aria-label="Latest events"></ol>`, html`<a href="/ticker">All</a>`)}
      </div>`,
    parts: state => ({
      figures: figures(state),
      pipeline: pipeline(state),
      troubles: troubles(state),
      services: servicesTable(state),
    }),
  }
}

const mostListed = 200

function ordersView(query: URLSearchParams, orders: LiveOrders): View {
  const filter = orderFilter(query)
  return {
    title: 'Orders',
    frame: html`<h1 class="hidden">Orders</h1>
      ${orderFilters({ ...filter, ...textsIn(query, ['age']) })}
      <section class="panel wide" aria-label="Orders">${part('orders')}</section>`,
    parts: state => ({ orders: orderList(orders.list(filter, state.now, mostListed), state) }),
  }
}

function orderFilter(query: URLSearchParams): OrderFilter {
  const age = query.get('age') ?? ''
  return {
    ...textsIn(query, ['status', 'step', 'sku', 'customer', 'text']),
    ...(/^\d{1,6}(?:s|m|h|d)$/.test(age) && { ageMs: parseDuration(age) }),
  }
}

const mostOfAText = 200

/** What is given of these, each a text that is not empty. */
const textsIn = <Name extends string>(query: URLSearchParams, names: readonly Name[]): { [N in Name]?: string } =>
  Object.fromEntries(
    names.flatMap(name => {
      const text = query.get(name)?.trim().slice(0, mostOfAText)
      return text ? [[name, text]] : []
    }),
  ) as { [N in Name]?: string } // of these names only

function ratesView(query: URLSearchParams): View {
  const known = Object.keys(spans).find(one => one === query.get('span')) as Span | undefined
  const span = known ?? '15m'
  return {
    title: 'Rates',
    spanMs: spans[span],
    frame: html`<h1 class="hidden">Rates</h1>
      ${spanPicker(span)}
      <div class="two">
        ${chart('orders', html`Orders a second, last <span data-part="span"></span>`)}${chart('latency', 'From created to completed')}
        ${chart('lag', 'Lag of all consumers')}${chart('outbox', 'Outboxes')}
      </div>
      <div class="two">
        ${panel('Stuck orders', scrollingPart('stuck', 'Stuck orders'), html`<a href="/orders?status=stuck">All</a>`)}
        ${panel('Dead letters', scrollingPart('letters', 'Dead letters'))}
      </div>`,
    parts: state => ({ span: html`${span}`, stuck: stuckList(state), letters: letterList(state) }),
  }
}

const tickerRows = 400

function tickerView(query: URLSearchParams): View {
  const filter = textsIn(query, ['text', 'topic', 'type'])
  return {
    title: 'Ticker',
    ticker: { rows: tickerRows, filter },
    frame: html`<h1 class="hidden">Ticker</h1>
      ${tickerFilters(filter)}
      <section class="panel" aria-label="Events, newest first">
        <ol class="ticker" data-most="${tickerRows}"></ol>
      </section>`,
    parts: () => ({}),
  }
}

/** Undefined for those that read for themselves. */
export function viewOf(name: string, query: URLSearchParams, orders: LiveOrders): View | undefined {
  switch (name) {
    case 'flow':
      return flowView()
    case 'orders':
      return ordersView(query, orders)
    case 'rates':
      return ratesView(query)
    case 'ticker':
      return tickerView(query)
    default:
      return undefined
  }
}
