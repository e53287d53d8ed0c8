import type { ShownEvent } from '../../events/shown-event.ts'
import type { Saga, SagaStep } from '../../orders/saga.ts'
import type { WholeOrder } from '../../client/shapes.ts'
import { html, type Html } from '../html.ts'
import { advice, chip, clock, duration, emptyNote, money, pieces, shortId, statusChip, type Tone } from './words.ts'

const tones: Readonly<Record<SagaStep['state'], Tone>> = {
  done: 'good',
  running: 'info',
  waiting: 'mute',
  failed: 'bad',
  undone: 'warn',
  'not needed': 'mute',
}

export const orderFrame = html`<div class="order" data-part="order"></div>
  <section class="panel">
    <div class="panel-head"><h2>Events</h2></div>
    <div data-part="events"></div>
  </section>`

/** Before it was read, or while it cannot be. */
export const orderUnread = (id: string, trouble: string | undefined) =>
  html`<header class="order-head">
    <a class="back" href="/orders">Orders</a>
    <h1>${id}</h1>
    <p>${trouble ?? 'reading…'}</p>
  </header>`

/** One order: what it waits for, its steps, and what the services know of it. Its address is not shown. */
export function orderPage(
  order: WholeOrder,
  { saga, missing, now }: { saga: Saga; missing: readonly string[]; now: number },
): Html {
  const age = saga.tookMs ?? now - Date.parse(order.createdAt)
  return html`<header class="order-head">
      <a class="back" href="/orders">Orders</a>
      <h1>${order.id}</h1>
      <p>
        ${statusChip(order)} <span>${saga.inWords.replace(/^./, letter => letter.toUpperCase())}.</span>
        <span class="mute">${saga.tookMs === undefined ? 'for' : 'after'} ${duration(age)}</span>
      </p>
      ${
        order.cause &&
        html`<ul class="troubles">
          <li>
            <div>
              <b>${order.cause.text}</b>
              <p class="next">${advice(order.cause.next)}</p>
            </div>
          </li>
        </ul>`
      }
      ${missing.map(text => html`<p class="told">${text}</p>`)}
    </header>
    <div class="order-parts">
      <section class="panel" aria-labelledby="h-trace">
        <h2 id="h-trace">Trace</h2>
        ${trace(saga, now)}
      </section>
      <div class="order-side">
        <section class="panel" aria-labelledby="h-facts">
          <h2 id="h-facts">Facts</h2>
          ${facts(order)}
        </section>
        <section class="panel" aria-labelledby="h-lines">
          <h2 id="h-lines">Lines</h2>
          ${lines(order)}
        </section>
        ${parts(order)}
      </div>
    </div>`
}

/** Each step with a bar for when it happened: the whole width is the time from the first to the last, or to now. */
function trace({ steps, tookMs }: Saga, now: number): Html {
  const times = steps.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)]))
  const [first, last] = [Math.min(...times), tookMs === undefined ? now : Math.max(...times)]
  const share = (ms: number) => (100 * ms) / Math.max(1, last - first)
  return html`<ol class="trace">
    ${steps.map(
      step =>
        html`<li class="${step.state.replace(' ', '-')}">
          <span class="mark ${tones[step.state]}"></span>
          <div>
            <b>${step.step}</b> <span class="by">${step.service.replace('-service', '')}</span>
            ${step.state !== 'done' && chip(step.state, tones[step.state])}
            ${step.detail && html`<p>${step.detail}</p>`}
            ${step.undoneBy && html`<p class="mute">undone by ${step.undoneBy}</p>`}
          </div>
          <svg class="span ${tones[step.state]}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            ${step.at !== undefined && bar(share(Date.parse(step.at) - first), share(step.tookMs ?? 0))}
            ${step.state === 'running' && bar(100, share(now - Math.max(...times)))}
          </svg>
          <span class="when"
            >${step.at && clock(step.at)}<span class="mute"
              >${step.tookMs !== undefined && `+${duration(step.tookMs)}`}</span
            ></span
          >
        </li>`,
    )}
  </ol>`
}

const bar = (end: number, width: number) => {
  const shown = Math.max(1.2, width)
  return html`<rect
    x="${Math.max(0, Math.min(end - width, 100 - shown)).toFixed(2)}"
    width="${shown.toFixed(2)}"
    height="6"
  ></rect>`
}

function facts({ customerId, total, currency, reason, detail, createdAt, expiresAt, money: paid }: WholeOrder): Html {
  const rows: readonly (readonly [string, Html | string | undefined])[] = [
    ['Total', currency === 'XXX' ? undefined : money(total, currency)],
    ['Captured', paid && money(paid.captured, currency)],
    ['Refunded', paid && paid.refunded > 0 ? money(paid.refunded, currency) : undefined],
    ['Owed', paid && paid.owed > 0 ? money(paid.owed, currency) : undefined],
    ['Reason', reason?.replaceAll('_', ' ')],
    ['Detail', detail],
    ['Customer', html`<span class="id">${customerId}</span>`],
    ['Created', clock(createdAt)],
    ['Window ends', clock(expiresAt)],
  ]
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        value !== undefined &&
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

const counts = [
  ['shipped', 'Shipped'],
  ['cancelled', 'Cancelled'],
  ['returned', 'Returned'],
] as const

/** What happened to none of the lines has no column. */
function lines({ lines: all, currency }: WholeOrder): Html {
  const columns = counts.filter(([name]) => name === 'shipped' || all.some(one => (one[name] ?? 0) > 0))
  return html`<table>
    <thead>
      <tr>
        <th>Item</th>
        <th class="num">Ordered</th>
        ${columns.map(([, title]) => html`<th class="num">${title}</th>`)}
        <th class="num">Price</th>
      </tr>
    </thead>
    <tbody>
      ${all.map(
        one =>
          html`<tr>
            <td>${one.sku}</td>
            <td class="num">${one.quantity}</td>
            ${columns.map(([name]) => html`<td class="num">${one[name] ?? 0}</td>`)}
            <td class="num">${currency === 'XXX' ? '–' : money(one.unitPrice, currency)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function parts({ shipments = [], returns = [], cancelRequests = [] }: WholeOrder): Html {
  return html`${[
    part(
      'Shipments',
      shipments.map(one => [
        shortId(one.id),
        one.status,
        [one.carrier, one.trackingNumber].join(' '),
        pieces(one.lines),
      ]),
    ),
    part(
      'Returns',
      returns.map(one => [shortId(one.id), one.status, one.kind, pieces(one.lines)]),
    ),
    part(
      'Cancel requests',
      cancelRequests.map(one => [shortId(one.requestId), one.status, one.detail ?? '', pieces(one.lines)]),
    ),
  ]}`
}

const part = (title: string, rows: readonly (readonly [string, string, string, string])[]) =>
  rows.length > 0 &&
  html`<section class="panel">
    <h2>${title}</h2>
    <table class="parts">
      <tbody>
        ${rows.map(
          ([id, status, what, which]) =>
            html`<tr>
              <td class="id">${id}</td>
              <td>${chip(status.replaceAll('_', ' '), 'mute')}</td>
              <td>${what}</td>
              <td>${which}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`

export const orderEvents = (events: readonly ShownEvent[]) =>
  events.length === 0
    ? emptyNote('No events yet', 'The topics have none of this order, or are still being read.')
    : html`${events.map(
        event =>
          html`<details data-key="${event.topic}-${event.partition}-${event.offset}">
            <summary>
              ${clock(event.time)}<b>${event.type ?? '(no type)'}</b
              ><span class="mute">${event.topic}/${event.partition}/${event.offset}</span>
            </summary>
            <pre tabindex="0">${JSON.stringify(event.data, undefined, 2)}</pre>
          </details>`,
      )}`
