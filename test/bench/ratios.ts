import { cpuOf } from './cost.ts'
import type { Found } from './found.ts'
import { plainSqlCpuMs } from './measures/plain-sql.ts'
import { isDisturbed, type Metered } from './others.ts'

export interface Ratio {
  name: string
  value: number
  of: 'cpu' | 'times'
  disturbed: boolean
}

interface Side {
  value: number
  disturbed: boolean
}

function side<T>(measured: Metered<T> | undefined, value: (measured: T) => number): Side | undefined {
  return measured && { value: value(measured), disturbed: isDisturbed(measured.others) }
}

function ratio(name: string, of: Ratio['of'], top: Side | undefined, bottom: Side | undefined): Ratio[] {
  if (!top || !bottom || bottom.value === 0) return []
  return [
    { name, of, value: top.value / bottom.value, disturbed: of === 'times' && (top.disturbed || bottom.disturbed) },
  ]
}

const rate = ({ ordersPerSecond }: { ordersPerSecond: { median: number } }) => ordersPerSecond.median
const middle = ({ median }: { median: number }) => median

export function ratiosOf(found: Found): Ratio[] {
  const { saturation, plainSql, handlers, ones, latency, hot, overload, cli, tail, tracing } = found
  const capacity = side(saturation?.capacity, rate)
  const limitCpu = side(plainSql?.hundred, plainSqlCpuMs)
  return [
    ...ratio(
      'CPU of an order at saturation / plain SQL, a hundred orders a transaction',
      'cpu',
      side(saturation?.capacity, one => cpuOf(one.perOrder)),
      limitCpu,
    ),
    ...(latency?.flatMap(one =>
      ratio(
        `CPU of an order at ${one.perSecond} a second / plain SQL, a hundred orders a transaction`,
        'cpu',
        side(one, ({ perOrder }) => cpuOf(perOrder)),
        limitCpu,
      ),
    ) ?? []),
    ...ratio(
      'saturation / plain SQL, a hundred orders a transaction, 4 clients',
      'times',
      capacity,
      side(plainSql?.hundred, rate),
    ),
    ...ratio(
      'saturation / plain SQL, one order a transaction, 16 clients',
      'times',
      capacity,
      side(plainSql?.single, rate),
    ),
    ...ratio(
      'saturation / our own handlers without Kafka and HTTP, a hundred orders a transaction',
      'times',
      capacity,
      side(handlers?.batched, middle),
    ),
    ...ratio(
      'saturation / our own handlers without Kafka and HTTP, one client that waits for each commit',
      'times',
      capacity,
      side(handlers?.oneByOne, middle),
    ),
    ...ratio('saturation / our own batches of one', 'times', capacity, side(ones, middle)),
    ...growthOf(found),
    ...ratio('one item in all orders / many items', 'times', side(hot, middle), capacity),
    ...ratio(
      'completed at twice the capacity / saturation',
      'times',
      side(overload, ({ completed }) => completed),
      capacity,
    ),
    ...ratio(
      'mgmt --version / node',
      'times',
      side(cli, ({ version }) => version.median),
      side(cli, ({ node }) => node.median),
    ),
    ...ratio(
      'mgmt events tail, with its start / kafkajs alone',
      'times',
      side(tail, ({ perSecond }) => perSecond),
      side(tail, ({ barePerSecond }) => barePerSecond),
    ),
    ...ratio(
      'saturation, with a collector / without',
      'times',
      side(tracing, one => one.rate.median),
      tracing && { value: 1, disturbed: false },
    ),
    ...ratio(
      'CPU of an order, with a collector / without',
      'cpu',
      side(tracing, ({ cpu }) => cpu.median),
      tracing && { value: 1, disturbed: false },
    ),
  ]
}

function growthOf({ drain, growth }: Found): Ratio[] {
  const large = [...(drain?.filter(({ orders }) => orders > 10_000) ?? []), ...(growth ? [growth.drain] : [])]
  const slowest = large.reduce<(typeof large)[number] | undefined>(
    (a, b) => (a && a.perSecond < b.perSecond ? a : b),
    undefined,
  )
  return ratio(
    'slowest large backlog / 10,000 orders',
    'times',
    side(slowest, ({ perSecond }) => perSecond),
    side(
      drain?.find(({ orders }) => orders === 10_000),
      ({ perSecond }) => perSecond,
    ),
  )
}
