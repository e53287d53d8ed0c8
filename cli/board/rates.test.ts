import test from 'ava'
import type { ShownEvent } from '../events/shown-event.ts'
import { quantile, rates } from './rates.ts'

const start = Date.parse('2026-01-31T12:00:00.000Z')
const event = (type: string, order: string, ms: number): ShownEvent => ({
  topic: 'order-events',
  partition: 0,
  offset: 0,
  time: new Date(start + ms).toISOString(),
  key: order,
  type,
  headers: {},
  data: { orderId: order },
})

test('orders are counted by how they ended, for each few seconds', t => {
  const seen = rates(start)
  for (const [type, ms] of [
    ['order.created', 0],
    ['order.created', 4_999],
    ['order.rejected', 5_000],
    ['stock.reserved', 1],
  ] as const)
    seen.add(event(type, `${type}${ms}`, ms))
  const { times, perSecond } = seen.columns(15_000, start + 10_000)
  t.deepEqual(
    times,
    [-5, 0, 5].map(seconds => start / 1_000 + seconds),
  )
  t.deepEqual(perSecond.created, [null, 0.4, 0], 'nothing is known of the time before it began')
  t.deepEqual(perSecond.rejected, [null, 0, 0.2])
})

test('the time from created to completed is that of the events, within 5 %', t => {
  const seen = rates(start)
  for (const [at, ms] of [100, 200, 300, 400, 2_000].entries()) {
    seen.add(event('order.created', `${at}`, 0))
    seen.add(event('order.completed', `${at}`, ms))
  }
  const { p50Ms = 0, p95Ms = 0, completed } = seen.lately(start + 10_000)
  t.true(Math.abs(p50Ms - 300) < 15, String(p50Ms))
  t.true(Math.abs(p95Ms - 2_000) < 100, String(p95Ms))
  t.is(completed, 0.5)
})

test('an order whose beginning was not seen counts, but has no duration', t => {
  const seen = rates(start)
  seen.add(event('order.completed', 'A', 10))
  t.is(seen.lately(start + 1_000).completed, 1)
  t.is(seen.lately(start + 1_000).p50Ms, undefined)
})

test('lead times are those of orders that completed, not of those that ended otherwise', t => {
  const seen = rates(start)
  seen.add(event('order.created', 'A', 0))
  seen.add(event('order.rejected', 'A', 10))
  t.is(seen.lately(start + 1_000).p50Ms, undefined)
})

test('hours are drawn from coarse counts', t => {
  const seen = rates(start)
  seen.add(event('order.created', 'A', 30_000))
  const { times, perSecond } = seen.columns(6 * 3_600_000, start + 3 * 60_000)
  t.is(times.length, 360)
  t.is(Math.max(...perSecond.created.map(one => one ?? 0)), 1 / 60)
})

test('what happened hours ago is drawn until a day has passed', t => {
  const seen = rates(start)
  seen.add(event('order.created', 'A', 30_000))
  for (const [hours, rate] of [
    [5, 1 / 60],
    [25, 0],
  ] as const) {
    const now = start + hours * 3_600_000
    seen.measured(now, { lag: 0, outbox: 0 })
    t.is(Math.max(...seen.columns(30 * 3_600_000, now).perSecond.created.map(one => one ?? 0)), rate, `${hours} h`)
  }
})

test('lag and outboxes are shown as measured, and a gap where they were not', t => {
  const seen = rates(start)
  seen.measured(start + 6_000, { lag: 3, outbox: undefined })
  t.deepEqual(seen.columns(15_000, start + 15_000).lag, [null, 3, null])
  t.deepEqual(seen.columns(15_000, start + 15_000).outbox, [null, null, null])
})

test('nothing measured has no quantile', t => t.is(quantile(new Map(), 0.5), undefined))
