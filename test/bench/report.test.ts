import test from 'ava'
import type { Found } from './found.ts'
import { ratiosOf } from './ratios.ts'
import { render } from './report.ts'
import { figure } from './statistics.ts'

const run = { at: '2026-11-26T01:00:00Z', machine: '2 cores', node: 'v26' }
const perOrder = { kafka: { cpuMs: 0.5, writtenBytes: 100 }, 'order-service': { cpuMs: 1.5, writtenBytes: 0 } }

const found = (others: number | undefined): Found => ({
  ...run,
  plainSql: {
    single: { cpuMs: { postgres: 1.5, pgbench: 0.5 }, ordersPerSecond: figure([800]), others: 0.01 },
    hundred: { cpuMs: { postgres: 0.18, pgbench: 0.02 }, ordersPerSecond: figure([8_000]), others: 0.01 },
  },
  saturation: {
    capacity: { perOrder, residentMb: { kafka: 250 }, ordersPerSecond: figure([600, 660, 620]), others },
    open: { offered: 540, accepted: 540, completed: 538, refused: {}, p50Ms: 200, p99Ms: 400, others: 0.02 },
  },
})

test('what an order costs leads, and is held against plain SQL', t => {
  const text = render(found(0.03), ratiosOf(found(0.03)))
  t.regex(text, /^2026.*\n\nCPU ms an order +saturation +plain SQL, 100 +plain SQL, 1\n {2}order-service +1\.50 *\n/)
  t.regex(text, /\n {2}to plain SQL, 100 +10\.0 +1\.0 +10\.0\n/)
  t.regex(text, /\nsaturation, orders a second +620 \(spread 10 %\); others 0\.03 cores\n/)
  t.true(text.endsWith('Others never used more than 0.2 of a core: the times count.'))
})

test('when others disturbed a measurement, its times and their ratios do not count, and its CPU does', t => {
  const ratios = ratiosOf(found(0.7))
  t.deepEqual(
    ratios.map(({ of, value, disturbed }) => [of, value, disturbed]),
    [
      ['cpu', 10, false],
      ['times', 0.0775, true],
      ['times', 0.775, true],
    ],
  )
  const text = render(found(0.7), ratios)
  t.regex(text, /\nsaturation, orders a second .*; others 0\.70 cores: does not count\n/)
  t.regex(text, / 0\.78 {2}saturation \/ plain SQL, one order a transaction, 16 clients \(does not count\)\n/)
  t.true(text.endsWith('so these times do not count (CPU figures may): saturation, orders a second.'))
})

test('where others are unknown the report says so', t => {
  t.true(render(found(undefined), []).endsWith('How much CPU others used is unknown on this system.'))
})

test('a run of one part shows that part only', t => {
  const part: Found = { ...run, hot: { ...figure([500]), others: 0 } }
  t.is(render(part, ratiosOf(part)).split('\n').length, 5)
})
