import { html, type Html } from '../html.ts'
import type { BoardState } from '../state.ts'
import { advice, clock, command, duration, emptyNote, segments, shortId } from './words.ts'

export const spans = { '15m': 15 * 60_000, '1h': 60 * 60_000, '6h': 6 * 60 * 60_000, '24h': 24 * 60 * 60_000 } as const
export type Span = keyof typeof spans

export const spanPicker = (chosen: Span) =>
  html`<form class="filters" data-filter aria-label="Time span">
    ${segments('Last', 'span', Object.keys(spans), chosen)}
  </form>`

export function stuckList({ stuck, now }: BoardState): Html {
  if (!stuck) return html`<p class="mute">asking…</p>`
  if (stuck.length === 0)
    return emptyNote('No order is stuck', 'Each one moves, or waits for people within their time.')
  return html`<ul class="causes">
    ${stuck.map(
      one =>
        html`<li data-key="${one.id}">
          <a class="id" href="/orders/${one.id}">${shortId(one.id)}</a>
          <div>
            <b>waits for ${one.waitsFor?.step}</b>
            <span class="mute">for ${duration(Math.max(0, now - Date.parse(one.updatedAt)))}</span>${
              one.cause &&
              html`<p>${one.cause.text}</p>
                <p class="next">${advice(one.cause.next)}</p>`
            }
          </div>
        </li>`,
    )}
  </ul>`
}

export function letterList({ letters }: BoardState): Html {
  if (!letters) return html`<p class="mute">They are read from Kafka, which cannot be reached from here.</p>`
  if (letters.length === 0) return emptyNote('No dead letters', 'Every event was handled.')
  return html`<ul class="causes">
    ${letters.map(
      one =>
        html`<li data-key="${one.id}">
          <span class="id">${one.id}</span>
          <div>
            <b>${one.type ?? 'an event'}</b> <span class="mute">${one.group}, ${clock(one.time)}</span>
            <p>${one.error}</p>
            <p class="next">${command(`mgmt dlq redrive ${one.id}`)}</p>
          </div>
        </li>`,
    )}
  </ul>`
}
