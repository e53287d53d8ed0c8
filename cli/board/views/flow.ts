import { html, type Html } from '../html.ts'
import type { BoardState, StepNow } from '../state.ts'
import { isUncounted, troubleOf } from '../../system/status.ts'
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
export function pipeline({ steps, stepsAt }: BoardState): Html {
  if (!steps || !stepsAt) return emptyNote('The steps are not known yet', 'order-service has not answered.')
  const at = Date.parse(stepsAt)
  const most = Math.max(1, ...steps.map(({ orders }) => orders))
  const [along, beside] = [
    steps.filter(({ name }) => !besides.has(name)),
    steps.filter(({ name }) => besides.has(name)),
  ]
  return html`<ol class="line">
      ${along.map(step => stepCard(step, most, at))}
    </ol>
    <ul class="beside" aria-label="Beside the line">
      ${beside.map(step => stepCard(step, most, at))}
    </ul>`
}

function stepCard(step: StepNow, most: number, at: number): Html {
  const { name, service, orders, oldestSince, p50Ms, p95Ms, perSecond, trouble } = step
  const state = trouble ? 'still' : orders > 0 ? 'busy' : 'idle'
  const oldestMs = oldestSince === undefined ? undefined : Math.max(0, at - Date.parse(oldestSince))
  return html`<li class="step ${state}" data-key="${name}">
    <a href="/orders?step=${name}">
      <h2>${trouble && icon('alert')}${titles[name]}${trouble && html`<span class="hidden">, stands still</span>`}</h2>
      <p class="by">${service.replace('-service', '')}</p>
      <p class="now"><b>${count(orders)}</b> <span>${orders === 1 ? 'order' : 'orders'}</span></p>
      ${meter(orders / most)}
      <dl>
        <div>
          <dt>Oldest</dt>
          <dd>${duration(oldestMs)}</dd>
        </div>
        <div>
          <dt>p50 · p95</dt>
          <dd>${pair(p50Ms, p95Ms)}</dd>
        </div>
        <div>
          <dt>Rate</dt>
          <dd>${rate(perSecond)}/s</dd>
        </div>
      </dl>
    </a>
  </li>`
}

const meter = (share: number) =>
  html`<svg class="meter" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${(100 * share).toFixed(1)}" height="3"></rect>
  </svg>`

/** One unit for both, as in `48 · 96 ms`, as far as it is the same. */
function pair(first: number | undefined, second: number | undefined): string {
  if (first === undefined && second === undefined) return '–'
  const [one, two] = [duration(first), duration(second)]
  const unit = / (?:ms|s)$/.exec(two)?.[0]
  return unit !== undefined && one.endsWith(unit) ? `${one.slice(0, -unit.length)} · ${two}` : `${one} · ${two}`
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
          const outbox = service.status === 'away' || isUncounted(service) ? undefined : service.outbox?.rows
          return html`<tr data-key="${service.service}">
              <td>${service.service.replace('-service', '')}</td>
              <td>${chip(word, tone)}</td>
              <td class="num">${count(outbox)}</td>
              <td class="num">${count(lag?.get(service.service))}</td>
            </tr>
            ${
              note !== '' &&
              html`<tr class="note" data-key="${service.service} note">
                <td colspan="4">${note}</td>
              </tr>`
            }`
        })}
      </tbody>
    </table>
    ${!lag && html`<p class="mute">Lag is read from Kafka, which cannot be reached from here.</p>`}`
}

function stateOf(service: NonNullable<BoardState['services']>[number]): [string, Tone, string] {
  if (service.status === 'away') return ['unavailable', 'bad', service.detail]
  const note = troubleOf(service.checks)
  if (service.status === 'not_ready') return ['not ready', 'warn', note]
  return note === '' ? ['ready', 'good', ''] : ['ready', 'warn', note]
}
