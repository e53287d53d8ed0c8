import test from 'ava'
import { figure } from '../statistics.ts'
import { compared, renderComparison, type Measured } from './comparison.ts'

function aMeasurement({ cpuMs, rate, others }: { cpuMs: number; rate: number; others: number | undefined }): Measured {
  const cost = {
    perOrder: {
      'order-service': { cpuMs, writtenBytes: 0 },
      mariadb: { cpuMs: 0.001, writtenBytes: 0 },
      'load client': { cpuMs: 1, writtenBytes: 0 },
    },
    residentMb: {},
    others,
  }
  return {
    saturation: { ordersPerSecond: figure([rate]), ...cost },
    steady: { perSecond: 50, p50Ms: figure([40]), p99Ms: figure([80]), ...cost, others: 0 },
  }
}

const pairs = [
  { a: aMeasurement({ cpuMs: 2, rate: 600, others: 0.02 }), b: aMeasurement({ cpuMs: 1, rate: 900, others: 0.05 }) },
  { a: aMeasurement({ cpuMs: 4, rate: 300, others: 0.06 }), b: aMeasurement({ cpuMs: 2.4, rate: 450, others: 0.5 }) },
  { a: aMeasurement({ cpuMs: 2, rate: 600, others: 0.01 }), b: aMeasurement({ cpuMs: 1, rate: 1_200, others: 0.4 }) },
]

test('what an order costs in the stack comes first, without the load client', t => {
  const [first] = compared(pairs)
  t.is(first?.name, 'CPU ms an order at saturation')
  t.deepEqual(
    [first?.median, first?.min, first?.max].map(ratio => ratio?.toFixed(2)),
    ['0.50', '0.50', '0.60'],
  )
  t.deepEqual([first?.medianA, first?.medianB], [2.001, 1.001])
  t.deepEqual(first?.others, { a: 0.02, b: 0.4 })
})

test('processes are listed, and those that use next to nothing are left out', t => {
  t.deepEqual(
    compared(pairs)
      .slice(4)
      .map(({ name }) => name.trim()),
    [
      'order-service, at saturation',
      'load client, at saturation',
      'order-service, at 50 a second',
      'load client, at 50 a second',
    ],
  )
})

test('times that others disturbed on one side do not count; CPU and times that they did not, do', t => {
  const text = renderComparison({ a: 'v1', b: 'this checkout' }, 3, compared(pairs))
  t.regex(text, /^A: v1\nB: this checkout\n/)
  t.regex(
    text,
    /\nCPU ms an order at saturation +0\.50 {2}0\.50 \.\. 0\.60 +2\.00 +1\.00 {3}A: others 0\.02 cores; B: others 0\.40 cores\n/,
  )
  t.regex(text, /\nsaturation, orders a second .* B: others 0\.40 cores: does not count\n/)
  t.true(text.endsWith('so these times do not count (CPU figures may): saturation, orders a second.'), text)
})
