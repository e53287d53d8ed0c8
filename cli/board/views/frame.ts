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

/** The figures that are looked at first. */
export function figures({ lately, steps, stuck, letters }: BoardState): Html {
  const under = steps?.reduce((sum, { orders }) => sum + orders, 0)
  return html`${[
    figure('Under way', count(under), 'orders that wait for a step'),
    figure('Created', rate(lately.created), 'a second, over the last minute'),
    figure(
      'Completed',
      rate(lately.completed),
      `a second; ${rate((lately.rejected + lately.cancelled) * 60)} a minute rejected or cancelled`,
    ),
    figure('Lead time', duration(lately.p50Ms), `p50; p95 ${duration(lately.p95Ms)}`),
    figure('Stuck', count(stuck?.length), 'orders without progress', stuck !== undefined && stuck.length > 0),
    figure(
      'Dead letters',
      count(letters?.length),
      'events that wait for people',
      letters !== undefined && letters.length > 0,
    ),
  ]}`
}

const figure = (name: string, value: string, note: string, isBad = false) =>
  html`<div class="figure${isBad && ' bad'}">
    <dt>${name}</dt>
    <dd><b>${value}</b><span>${note}</span></dd>
  </div>`
