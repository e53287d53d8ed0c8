import { columnOf, decimals } from '../cost-table.ts'
import { cpuOf, type PerOrder } from '../cost.ts'
import type { Latency } from '../measures/latency.ts'
import type { Capacity } from '../measures/saturation.ts'
import { isDisturbed, medianOthers, othersLimit, othersText, type Metered } from '../others.ts'
import { ratioOfPairs, type Pair, type PairRatio } from '../pairs.ts'
import { loadClient } from '../shop.ts'

export interface Measured {
  saturation: Metered<Capacity>
  steady: Metered<Latency>
}

export interface Compared extends PairRatio {
  name: string
  of: 'cpu' | 'times'
  others: { a: number | undefined; b: number | undefined }
}

interface Metric {
  name: string
  of: Compared['of']
  situation: keyof Measured
  value(measured: Measured): number
}

export const ordersPerSecond = 50

const leastShare = 0.02

const metrics: readonly Metric[] = [
  {
    name: 'CPU ms an order at saturation',
    of: 'cpu',
    situation: 'saturation',
    value: ({ saturation }) => cpuOf(saturation.perOrder, loadClient),
  },
  {
    name: `CPU ms an order at ${ordersPerSecond} a second`,
    of: 'cpu',
    situation: 'steady',
    value: ({ steady }) => cpuOf(steady.perOrder, loadClient),
  },
  {
    name: 'saturation, orders a second',
    of: 'times',
    situation: 'saturation',
    value: ({ saturation }) => saturation.ordersPerSecond.median,
  },
  {
    name: `p50 at ${ordersPerSecond} a second, ms`,
    of: 'times',
    situation: 'steady',
    value: ({ steady }) => steady.p50Ms.median,
  },
]

export function compared(pairs: readonly Pair<Measured>[]): Compared[] {
  const byProcess = (situation: keyof Measured, title: string): Metric[] =>
    processesOf(pairs, situation).map(process => ({
      name: `  ${process}, ${title}`,
      of: 'cpu',
      situation,
      value: measured => columnOf('', measured[situation]).cpuMs[process] ?? NaN,
    }))
  const all = [
    ...metrics,
    ...byProcess('saturation', 'at saturation'),
    ...byProcess('steady', `at ${ordersPerSecond} a second`),
  ]
  return all.map(({ name, of, situation, value }) => ({
    name,
    of,
    ...ratioOfPairs(pairs.map(({ a, b }) => ({ a: value(a), b: value(b) }))),
    others: {
      a: medianOthers(pairs.map(({ a }) => a[situation])),
      b: medianOthers(pairs.map(({ b }) => b[situation])),
    },
  }))
}

function processesOf(pairs: readonly Pair<Measured>[], situation: keyof Measured): string[] {
  const perOrder: PerOrder = pairs[0]?.a[situation].perOrder ?? {}
  const least = cpuOf(perOrder) * leastShare
  return Object.entries(perOrder)
    .filter(([, { cpuMs }]) => cpuMs >= least)
    .toSorted(([, a], [, b]) => b.cpuMs - a.cpuMs)
    .map(([name]) => name)
}

export function renderComparison(sides: Pair<string>, pairCount: number, lines: readonly Compared[]): string {
  const width = Math.max(...lines.map(({ name }) => name.length)) + 2
  const disturbed = lines.filter(({ of, others }) => of === 'times' && (isDisturbed(others.a) || isDisturbed(others.b)))
  return [
    `A: ${sides.a}`,
    `B: ${sides.b}`,
    '',
    `${'median of the ratios B / A'.padEnd(width)}  ratio  min .. max       median A   median B`,
    ...lines.map(
      line =>
        `${line.name.padEnd(width)} ${ratioText(line)} ${decimals(line.medianA).padStart(10)} ${decimals(line.medianB).padStart(10)}   A: ${othersText(line.others.a, line.of)}; B: ${othersText(line.others.b, line.of)}`,
    ),
    '',
    `${pairCount} ${pairCount === 1 ? 'pair' : 'pairs'}, in turn. CPU an order is that of the stack; the load client, the same for both, has a line of its own.`,
    ...(disturbed.length > 0
      ? [
          `Others used more than ${othersLimit} of a core, so these times do not count (CPU figures may): ${disturbed.map(({ name }) => name).join('; ')}.`,
        ]
      : []),
  ].join('\n')
}

const ratioText = ({ median, min, max }: PairRatio) =>
  `${twoDecimals(median).padStart(6)}  ${twoDecimals(min)} .. ${twoDecimals(max)}`.padEnd(22)
const twoDecimals = (ratio: number) => (Number.isFinite(ratio) ? ratio.toFixed(2) : '–')
