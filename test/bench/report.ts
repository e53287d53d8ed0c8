import type { CliStart } from './measures/cli-start.ts'
import type { Drain } from './measures/drain.ts'
import type { KafkaAlone } from './measures/kafka-alone.ts'
import type { Latency } from './measures/latency.ts'
import type { SqlLimits } from './measures/limits.ts'
import type { Rebalanced, Replicas } from './measures/replicas.ts'
import { cpuOf, type OpenLoop, type Saturation } from './measures/saturation.ts'
import type { TailSpeed } from './measures/tail.ts'
import type { TracingCost } from './measures/tracing.ts'
import type { Figure } from './statistics.ts'

/** All that one run has measured. */
export interface Found {
  at: string
  machine: string
  node: string
  cli?: CliStart
  sql?: SqlLimits
  kafka?: KafkaAlone
  ones?: Figure
  saturation?: Saturation
  latency?: Latency[]
  hot?: Figure
  overload?: OpenLoop
  drain?: Drain[]
  tail?: TailSpeed
  tracing?: TracingCost
  replicas?: { scale: Replicas[]; rebalanced: Rebalanced }
  growth?: { finished: number; drain: Drain }
}

/** What does not depend on the machine; undefined where something was not measured. */
export interface Ratios {
  /** Saturation to the saga's SQL alone in batches. */
  limit?: number
  /** Saturation to one order at a time, a transaction for each step, without anything else. */
  steps?: number
  /** Saturation to our own system in batches of one. */
  single?: number
  /** The slowest large drain to that of 10,000 orders. */
  growth?: number
  /** One item in all orders to many. */
  hot?: number
  /** Completed at twice the rate that it bears, to saturation. */
  overload?: number
  /** mgmt --version to bare node. */
  start?: number
  /** mgmt events tail, with its start, to kafkajs alone. */
  tail?: number
  /** Saturation with a collector to that without; and CPU of an order. */
  traced?: number
  tracedCpu?: number
}

const ratio = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined || b === 0 ? undefined : a / b

export function ratiosOf({ saturation, sql, ones, drain, growth, hot, overload, cli, tail, tracing }: Found): Ratios {
  const capacity = saturation?.capacity.median
  const base = drain?.find(({ orders }) => orders === 10_000)?.perSecond
  const large = [...(drain?.filter(({ orders }) => orders > 10_000) ?? []), ...(growth ? [growth.drain] : [])].map(
    ({ perSecond }) => perSecond,
  )
  const all = {
    limit: ratio(capacity, sql?.batched.median),
    steps: ratio(capacity, sql?.oneByOne.median),
    single: ratio(capacity, ones?.median),
    growth: large.length > 0 ? ratio(Math.min(...large), base) : undefined,
    hot: ratio(hot?.median, capacity),
    overload: ratio(overload?.completed, capacity),
    start: ratio(cli?.version.median, cli?.node.median),
    tail: ratio(tail?.perSecond, tail?.barePerSecond),
    traced: tracing?.rate.median,
    tracedCpu: tracing?.cpu.median,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const whole = (value: number) => Math.round(value).toLocaleString('en-GB')
const withSpread = ({ median, spread, repeats }: Figure) =>
  repeats.length > 1 ? `${whole(median)} (spread ${Math.round(spread * 100)} %)` : whole(median)
const ratioNames: Record<keyof Ratios, string> = {
  limit: 'saturation / SQL alone in batches',
  steps: 'saturation / SQL alone, an order at a time',
  single: 'saturation / our own batches of one',
  growth: 'slowest large backlog / 10,000 orders',
  hot: 'one item / many',
  overload: 'completed at twice the rate / saturation',
  start: 'mgmt --version / node',
  tail: 'mgmt events tail / kafkajs alone',
  traced: 'saturation, with a collector / without',
  tracedCpu: 'CPU of an order, with a collector / without',
}

const shares = ({ repeats }: Figure) => repeats.map(one => `${Math.round(one * 100)} %`).join(', ')

/** The report as people read it. */
export function render(found: Found, ratios: Ratios): string {
  const { saturation, sql, kafka, ones, latency, hot, overload, drain, growth, tail, cli, tracing, replicas } = found
  const lines: [string, string | undefined][] = [
    ['saturation, orders a second', saturation && withSpread(saturation.capacity)],
    [
      '  at a fixed rate below it',
      saturation &&
        `offered ${whole(saturation.open.offered)}, completed ${whole(saturation.open.completed)}, p50 ${whole(saturation.open.p50Ms)} ms, p99 ${whole(saturation.open.p99Ms)} ms`,
    ],
    ...(latency?.map(({ perSecond, p50Ms, p99Ms }): [string, string] => [
      `latency at ${perSecond} orders a second, ms`,
      `p50 ${withSpread(p50Ms)}, p99 ${withSpread(p99Ms)}`,
    ]) ?? []),
    ['one item in all orders', hot && withSpread(hot)],
    [
      'twice as much as it bears',
      overload &&
        `offered ${whole(overload.offered)}, accepted ${whole(overload.accepted)}, completed ${whole(overload.completed)} a second; turned away: ${JSON.stringify(overload.refused)}`,
    ],
    ['batches of one', ones && withSpread(ones)],
    ['SQL alone, 100 orders a transaction', sql && withSpread(sql.batched)],
    ['SQL alone, an order at a time', sql && withSpread(sql.oneByOne)],
    [
      'Kafka alone, messages a second',
      kafka && `sent ${whole(kafka.sent)}, read ${whole(kafka.read)}: ${whole(kafka.ordersPerSecond)} orders a second`,
    ],
    ...(drain?.map(({ orders, perSecond, wholeSeconds }): [string, string] => [
      `a backlog of ${whole(orders)}`,
      `${whole(perSecond)} orders a second; gone after ${wholeSeconds.toFixed(1)} s`,
    ]) ?? []),
    [
      'with finished orders in the tables',
      growth &&
        `${whole(growth.finished)} of them: a backlog of ${whole(growth.drain.orders)} at ${whole(growth.drain.perSecond)} a second`,
    ],
    [
      'mgmt events tail, events a second',
      tail &&
        `${whole(tail.perSecond)} of ${whole(tail.events)}, kafkajs alone ${whole(tail.barePerSecond)}; ${tail.peakMb.half} MB for half of them, ${tail.peakMb.all} MB for all`,
    ],
    ['mgmt events tail --tail 20, ms', tail && whole(tail.lastTwentyMs)],
    [
      'saturation with tracing',
      tracing &&
        `off ${withSpread(tracing.off)}, on ${withSpread(tracing.on)}; pair by pair ${shares(tracing.rate)} of it, for ${shares(tracing.cpu)} of the CPU`,
    ],
    ...(replicas?.scale.map((one): [string, string] => [
      `saturation with ${one.replicas} of each service`,
      `${withSpread(one.capacity)}; ${cpuOf(one.perOrder).toFixed(2)} ms of CPU an order`,
    ]) ?? []),
    [
      'replicas end and come under load',
      replicas && `${whole(replicas.rebalanced.perSecond)} of ${whole(replicas.rebalanced.placed)} orders`,
    ],
    [
      'starting, ms',
      cli &&
        `node ${withSpread(cli.node)}, mgmt --version ${withSpread(cli.version)}, mgmt --help ${withSpread(cli.help)}`,
    ],
  ]
  return [
    `${found.at}, ${found.machine}, Node ${found.node}`,
    '',
    ...lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(40)} ${text}`])),
    ...(saturation ? ['', bottleneck(saturation)] : []),
    '',
    ...Object.entries(ratios).map(
      ([name, value]) =>
        `${name.padEnd(11)} ${(value as number).toFixed(2).padStart(6)}  ${ratioNames[name as keyof Ratios]}`,
    ),
  ].join('\n')
}

function bottleneck({ perOrder, residentMb }: Saturation): string {
  const rows = Object.entries(perOrder).toSorted(([, a], [, b]) => b.cpuMs - a.cpuMs)
  const all = cpuOf(perOrder)
  return [
    `Of an order at saturation: ${all.toFixed(2)} ms of CPU`,
    ...rows.map(
      ([name, { cpuMs, writtenBytes }]) =>
        `  ${name.padEnd(22)} ${cpuMs.toFixed(3)} ms ${String(Math.round((cpuMs / all) * 100)).padStart(3)} %  ${whole(writtenBytes).padStart(7)} bytes written  ${residentMb[name] ?? 0} MB`,
    ),
    `  most of it: ${rows[0]?.[0] ?? 'not seen'}`,
  ].join('\n')
}
