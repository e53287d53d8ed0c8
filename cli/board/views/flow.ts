import { html, type Html } from '../html.ts'
import type { BoardState, StepNow } from '../state.ts'
import { troubleOf } from '../../system/status.ts'
import { advice, chip, count, duration, emptyNote, icon, rate, type Tone } from './words.ts'

const besides: ReadonlySet<string> = new Set(['withdrawal', 'return'])

const titles: Readonly<Record<StepNow['name'], string>> = {
  reservation: 'Reserve stock',
  charge: 'Charge card',
  acceptance: 'Accept',
  shipment: 'Ship',
  handover: 'Hand over',
  departure: 'Stock leaves',
  ending: 'End',
  withdrawal: 'Cancel decided',
  return: 'Return counted',
}

export const titleOf = (name: StepNow['name']) => titles[name]

/** The steps from left to right, and what keeps one of them. */
export function pipeline({ steps, now }: BoardState): Html {
  if (!steps) return emptyNote('The steps are not known yet', 'order-service has not answered.')
  const most = Math.max(1, ...steps.map(({ orders }) => orders))
  const [along, beside] = [
    steps.filter(({ name }) => !besides.has(name)),
    steps.filter(({ name }) => besides.has(name)),
  ]
  return html`<ol class="line">
      ${along.map(step => stepCard(step, most, now))}
    </ol>
    <ul class="beside" aria-label="Beside the line">
      ${beside.map(step => stepCard(step, most, now))}
    </ul>`
}

function stepCard(step: StepNow, most: number, now: number): Html {
  const { name, service, orders, oldestSince, p50Ms, p95Ms, perSecond, trouble } = step
  const state = trouble ? 'still' : orders > 0 ? 'busy' : 'idle'
  return html`<li class="step ${state}" data-key="${name}">
    <a href="/orders?step=${name}" aria-label="${titles[name]}: ${count(orders)} orders${trouble && ', stands still'}">
      <h3>${trouble && icon('alert')}${titles[name]}</h3>
      <p class="by">${service.replace('-service', '')}</p>
      <p class="now"><b>${count(orders)}</b><span>${orders === 1 ? 'order' : 'orders'}</span></p>
      <svg class="bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
        <rect width="${((100 * orders) / most).toFixed(1)}" height="3"></rect>
      </svg>
      <dl>
        <div>
          <dt>oldest</dt>
          <dd>${duration(oldestSince === undefined ? undefined : Math.max(0, now - Date.parse(oldestSince)))}</dd>
        </div>
        <div>
          <dt>p50</dt>
          <dd>${duration(p50Ms)}</dd>
        </div>
        <div>
          <dt>p95</dt>
          <dd>${duration(p95Ms)}</dd>
        </div>
        <div>
          <dt>rate</dt>
          <dd>${rate(perSecond)}/s</dd>
        </div>
      </dl>
    </a>
  </li>`
}

/** Each cause once, with the command that helps. */
export function troubles({ steps = [] }: BoardState): Html {
  const still = steps.filter(({ trouble }) => trouble)
  return html`${still.map(
    ({ name, trouble }) =>
      html`<li data-key="${name}">
        ${icon('alert')}
        <div>
          <b>${titles[name]} stands still</b>
          <p>${trouble?.text}</p>
          <p class="next">${advice(trouble?.next ?? '')}</p>
        </div>
      </li>`,
  )}`
}

export function servicesTable({ services, lag }: BoardState): Html {
  if (!services) return html`<p class="mute">asking…</p>`
  return html`<table>
    <thead>
      <tr>
        <th>Service</th>
        <th>State</th>
        <th class="num">Outbox</th>
        <th class="num">Lag</th>
      </tr>
    </thead>
    <tbody>
      ${services.map(service => {
        const [word, tone, note] = stateOf(service)
        const outbox = service.status === 'away' ? undefined : service.outbox?.rows
        return html`<tr data-key="${service.service}">
          <td>${service.service.replace('-service', '')}${note && html`<span class="note">${note}</span>`}</td>
          <td>${chip(word, tone)}</td>
          <td class="num">${count(outbox)}</td>
          <td class="num">${count(lag?.get(service.service))}</td>
        </tr>`
      })}
    </tbody>
  </table>`
}

function stateOf(service: NonNullable<BoardState['services']>[number]): [string, Tone, string] {
  if (service.status === 'away') return ['unavailable', 'bad', service.detail]
  const note = troubleOf(service.checks)
  if (service.status === 'not_ready') return ['not ready', 'warn', note]
  return note === '' ? ['ready', 'good', ''] : ['ready', 'warn', note]
}
