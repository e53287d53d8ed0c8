import { html, type Html } from '../html.ts'
import type { BoardState } from '../state.ts'
import { chip, count, duration, rate } from './words.ts'

/** What stands above every view: where we are, as whom, and how the connection is. */
export function frame({ context, user, feed, now }: BoardState): Record<string, Html> {
  const state = {
    live: html`<span class="pulse good"></span>live <span class="mute">${rate(feed.perSecond)} events/s</span>`,
    connecting: html`<span class="pulse warn"></span>connecting…`,
    lost: html`<span class="pulse bad"></span>events lost for ${duration(now - feed.sinceMs)}
      <span class="mute">${feed.detail}</span>`,
  }[feed.state]
  return {
    context: html`<b>${context}</b>`,
    feed: state,
    user: html`<span class="who">${user.username}</span>${chip(user.role, 'mute')}`,
  }
}

/** The figures that are looked at first, and how some of them went in the last minutes. */
export function figures({ lately, trend, steps, stuck, letters, isLimited }: BoardState): Html {
  const under = steps?.reduce((sum, { orders }) => sum + orders, 0)
  const ended = (lately.rejected + lately.cancelled) * 60
  return html`${[
    figure({ name: 'Under way', value: `${count(under)}${isLimited ? '+' : ''}`, note: 'orders wait for a step' }),
    figure({
      name: 'Created',
      value: rate(lately.created),
      unit: '/s',
      note: 'in the last minute',
      trend: trend.perSecond.created,
    }),
    figure({
      name: 'Completed',
      value: rate(lately.completed),
      unit: '/s',
      note: `${rate(ended)} a minute ended otherwise`,
      trend: trend.perSecond.completed,
    }),
    figure({
      name: 'Lead time',
      ...leadTime(lately.p50Ms),
      note: `median; p95 ${duration(lately.p95Ms)}`,
      trend: trend.p50,
    }),
    figure({
      name: 'Stuck',
      value: count(stuck?.length),
      note: 'orders without progress',
      isBad: (stuck?.length ?? 0) > 0,
    }),
    figure({
      name: 'Dead letters',
      value: count(letters?.length),
      note: letters ? 'events wait for people' : 'Kafka is not reachable from here',
      isBad: (letters?.length ?? 0) > 0,
    }),
  ]}`
}

interface Figure {
  name: string
  value: string
  unit?: string
  note: string
  trend?: readonly (number | null)[]
  isBad?: boolean
}

function leadTime(ms: number | undefined): Pick<Figure, 'value' | 'unit'> {
  const [value = '', unit] = duration(ms).split(' ')
  return unit === 'ms' || unit === 's' ? { value, unit: ` ${unit}` } : { value: duration(ms) }
}

const figure = ({ name, value, unit, note, trend, isBad }: Figure) =>
  html`<div class="figure${isBad && ' bad'}" data-key="${name}">
    <dt>${name}</dt>
    <dd><b>${value}${unit && html`<small>${unit}</small>`}</b><span>${note}</span></dd>
    ${trend && sparkline(trend)}
  </div>`

function sparkline(values: readonly (number | null)[]): Html {
  const most = Math.max(...values.map(one => one ?? 0)) || 1
  const points = values.flatMap((one, at) =>
    one === null ? [] : [`${((100 * at) / (values.length - 1)).toFixed(1)},${(23 - (21 * one) / most).toFixed(1)}`],
  )
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
    <polyline points="${points.join(' ')}"></polyline>
  </svg>`
}
