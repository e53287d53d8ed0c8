import { formatDuration } from '../../input/durations.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { shortClock } from '../../render/times.ts'
import { html, type Html } from '../html.ts'

/** Consecutive ids begin alike, so the end is shown; the whole id is there for those who copy it. */
export const shortId = (id: string) => (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id) ? id.slice(-12) : id.slice(0, 16))

/** Shorter than elsewhere, because it stands in narrow columns: `85 ms`, `1.2 s`, `3m 20s`. */
export const duration = (ms: number | undefined) =>
  ms === undefined ? '–' : formatDuration(ms).replace(/^([\d.]+)(ms|s)$/, '$1 $2')

export const count = (number: number | undefined) => (number === undefined ? '–' : number.toLocaleString('en'))

/** As many digits as can be compared at a glance. */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return '–'
  return perSecond === 0 ? '0' : perSecond.toFixed(perSecond < 10 ? 1 : 0)
}

export const money = (minor: number | undefined, currency: string | undefined) =>
  minor === undefined || currency === undefined ? '–' : `${formatMoney(minor, currency)} ${currency}`

export const pieces = (lines: readonly { sku: string; quantity: number }[]) =>
  lines.map(({ sku, quantity }) => `${quantity}×${sku}`).join(' ')

export const clock = (time: string | number) => {
  const iso = new Date(time).toISOString()
  return html`<time datetime="${iso}">${shortClock(iso, { utc: false }).replace(/(?:Z|[+-]\d\d:\d\d)$/, '')}</time>`
}

export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'mute'

const toneOf: Readonly<Record<string, Tone>> = {
  pending: 'info',
  accepted: 'info',
  completed: 'good',
  rejected: 'warn',
  cancelled: 'warn',
}

/** Always a word, because colour alone is lost on some readers. */
export const chip = (word: string, tone: Tone) => html`<span class="chip ${tone}">${word}</span>`

export const statusChip = ({ status, stuck }: { status: string; stuck?: boolean }) =>
  stuck ? chip('stuck', 'bad') : chip(status, toneOf[status] ?? 'mute')

export const icon = (name: string) => html`<svg class="icon" aria-hidden="true"><use href="#i-${name}"></use></svg>`

/** A command to paste into a terminal. What stands around it is said in words. */
export const command = (text: string) =>
  html`<span class="command"
    ><code>${text}</code
    ><button type="button" class="copy" data-copy="${text}" aria-label="Copy: ${text}">${icon('copy')}</button></span
  >`

/** What to do next, in which commands of mgmt can be copied. */
export function advice(text: string): Html {
  const parts = text.split(/(mgmt (?:[a-z-]+ ?)+(?:[a-z-]+\/\d+|[0-9a-f-]{36}|--[a-z-]+)*)/)
  return html`${parts.map((part, at) => (at % 2 === 1 ? command(part.trim()) : part))}`
}

/** A choice of a few, all of them in sight. */
export const segments = (legend: string, name: string, all: readonly string[], chosen: string) =>
  html`<fieldset class="segments">
    <legend>${legend}</legend>
    ${all.map(
      one =>
        html`<label
          ><input type="radio" name="${name}" value="${one}" ${one === chosen && html` checked`} /><span
            >${one}</span
          ></label
        >`,
    )}
  </fieldset>`

export const emptyNote = (title: string, text: string) =>
  html`<div class="empty">
    <b>${title}</b>
    <p>${text}</p>
  </div>`
