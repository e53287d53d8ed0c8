import test from 'ava'
import { excesses, growthOf, renderCost, renderStream, type StreamFigures } from './verdict.ts'

const steady = (minutes: number, mb: (seconds: number) => number = () => 150) =>
  Array.from({ length: minutes * 30 + 1 }, (_, at) => ({ seconds: at * 2, mb: mb(at * 2) }))

const good: StreamFigures = {
  perSecond: 999,
  p50Ms: 100,
  p95Ms: 200,
  rows: 1_000,
  memory: steady(5),
  readers: [{ of: 'feed', events: 300_000, gaps: 0 }],
}

test('figures within their limits are no excess', t => {
  t.deepEqual(excesses(good), [])
})

for (const [what, more, said] of [
  ['a slow page', { p95Ms: 501 }, /p95 501 ms/],
  ['a page that shows nothing', { rows: 0, p95Ms: NaN }, /nothing appeared/],
  ['a producer that is too slow', { perSecond: 900 }, /only 900 events/],
  ['much memory', { memory: steady(5, () => 301) }, /301 MB/],
  ['memory that grows', { memory: steady(5, seconds => 100 + seconds / 10) }, /grew by 12.0 MB/],
  ['a reader that reads nothing', { readers: [{ of: 'feed', events: 0, gaps: 0 }] }, /1 readers/],
  ['a reader that was cut off', { readers: [{ of: 'feed', events: 9, gaps: 0, ended: 'closed' }] }, /closed/],
] as const)
  test(`${what} is an excess`, t => {
    const [excess = '', ...others] = excesses({ ...good, ...more } as StreamFigures)
    t.regex(excess, said)
    t.deepEqual(others, [])
  })

test('growth is that of the last three minutes, and unknown in a shorter run', t => {
  t.is(growthOf(steady(5, seconds => Math.min(seconds, 120))), 0)
  t.is(growthOf(steady(2)), undefined)
})

test('the figures and what is above its limit are said', t => {
  const text = renderStream({ ...good, minutes: 5, cpu: { 'order-service': 0.4, mgmt: 0.2 }, others: 0.1 })
  t.regex(text, /p50 100 ms, p95 200 ms/)
  t.regex(text, /within its limits/)
  t.regex(renderStream({ ...good, p95Ms: 501, minutes: 5, cpu: { 'order-service': 0, mgmt: 0 } }), /above 500 ms/)
})

test('a board that costs the services three per cent is too dear', t => {
  const ratio = { median: 1.02, min: 1, max: 1.05, medianA: 17, medianB: 17.3 }
  t.regex(renderCost({ services: ratio, byService: { 'order-service': ratio } }), /within its limit/)
  t.regex(renderCost({ services: { ...ratio, median: 1.04 }, byService: {} }), /above 3 %/)
})
