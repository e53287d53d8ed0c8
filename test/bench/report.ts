import { cpuOf } from './cost.ts'
import { columnOf, costTable, type CostColumn } from './cost-table.ts'
import type { Found } from './found.ts'
import type { Drain } from './measures/drain.ts'
import type { PlainSql } from './measures/plain-sql.ts'
import { isDisturbed, othersLimit, othersText, type Metered, type Others } from './others.ts'
import { profileTables } from './profile/tables.ts'
import type { Ratio } from './ratios.ts'
import type { Figure } from './statistics.ts'

interface Line {
  name: string
  text: string
  of: 'cpu' | 'times'
  others: Others
}

const whole = (value: number) => Math.round(value).toLocaleString('en-GB')
const withSpread = ({ median, spread, repeats }: Figure) =>
  repeats.length > 1 ? `${whole(median)} (spread ${Math.round(spread * 100)} %)` : whole(median)
const shares = ({ repeats }: Figure) => repeats.map(one => `${Math.round(one * 100)} %`).join(', ')

function line<T>(
  name: string,
  measured: Metered<T> | undefined,
  text: (measured: T) => string,
  of: Line['of'] = 'times',
): Line[] {
  return measured ? [{ name, text: text(measured), of, others: measured.others }] : []
}

export function render(found: Found, ratios: readonly Ratio[]): string {
  const [columns, limit] = costColumns(found)
  const times = [...limitLines(found), ...loadLines(found), ...backlogLines(found), ...toolLines(found)]
  return [
    `${found.at}, ${found.machine}, Node ${found.node}`,
    ...(columns.length > 0 ? ['', ...costTable(columns, limit), ...usageLines(found).map(aligned)] : []),
    ...(times.length > 0 ? ['', ...times.map(aligned)] : []),
    ...(ratios.length > 0 ? ['', ...ratios.map(ratioLine)] : []),
    ...(found.profile ? ['', profileTables(found.profile)] : []),
    ...(times.length > 0 ? ['', verdict(times)] : []),
  ].join('\n')
}

const aligned = ({ name, text, of, others }: Line) => `${name.padEnd(56)} ${text}; ${othersText(others, of)}`
const ratioLine = ({ name, value, disturbed }: Ratio) =>
  `${value.toFixed(2).padStart(7)}  ${name}${disturbed ? ' (does not count)' : ''}`

function verdict(lines: readonly Line[]): string {
  const disturbed = lines.filter(({ others }) => isDisturbed(others)).map(({ name }) => name.trim())
  if (disturbed.length > 0)
    return `Others used more than ${othersLimit} of a core, so these times do not count (CPU figures may): ${disturbed.join('; ')}.`
  return lines.some(({ others }) => others === undefined)
    ? 'How much CPU others used is unknown on this system.'
    : `Others never used more than ${othersLimit} of a core: the times count.`
}

const plainSqlColumn = (title: string, { cpuMs, others }: Metered<PlainSql>): CostColumn => ({
  title,
  cpuMs: { 'postgres, plain SQL': cpuMs.postgres, pgbench: cpuMs.pgbench },
  others,
})

function costColumns({ saturation, latency, plainSql }: Found): [CostColumn[], CostColumn | undefined] {
  const limit = plainSql && plainSqlColumn('plain SQL, 100', plainSql.hundred)
  return [
    [
      ...(saturation ? [columnOf('saturation', saturation.capacity)] : []),
      ...(latency?.map(one => columnOf(`${one.perSecond} a second`, one)) ?? []),
      ...(limit ? [limit] : []),
      ...(plainSql ? [plainSqlColumn('plain SQL, 1', plainSql.single)] : []),
    ],
    limit,
  ]
}

const usageLines = ({ idle, saturation }: Found): Line[] => [
  ...line('at rest', idle, ({ cores }) => `${cores.toFixed(3)} of a core`, 'cpu'),
  ...line('memory at rest, MB', idle, ({ residentMb }) => largest(residentMb), 'cpu'),
  ...line('memory at saturation, MB', saturation?.capacity, ({ residentMb }) => largest(residentMb), 'cpu'),
  ...line(
    'written for an order at saturation, bytes',
    saturation?.capacity,
    ({ perOrder }) =>
      largest(Object.fromEntries(Object.entries(perOrder).map(([name, { writtenBytes }]) => [name, writtenBytes]))),
    'cpu',
  ),
]

const largest = (byName: Record<string, number>) =>
  Object.entries(byName)
    .filter(([, value]) => value > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${whole(value)}`)
    .join(', ')

function limitLines({ plainSql, handlers, kafka }: Found): Line[] {
  const rate = ({ ordersPerSecond }: PlainSql) => withSpread(ordersPerSecond)
  return [
    ...line('plain SQL, a hundred orders a transaction, 4 clients', plainSql?.hundred, rate),
    ...line('plain SQL, one order a transaction, 16 clients', plainSql?.single, rate),
    ...line('our handlers without Kafka and HTTP, 100 a transaction', handlers?.batched, withSpread),
    ...line('our handlers without Kafka and HTTP, one waiting client', handlers?.oneByOne, withSpread),
    ...line(
      'Kafka alone, messages a second',
      kafka,
      one => `produced ${whole(one.sent)}, consumed ${whole(one.read)}: ${whole(one.ordersPerSecond)} orders a second`,
    ),
  ]
}

function loadLines({ saturation, latency, hot, overload, ones, tracing, replicas, flood }: Found): Line[] {
  return [
    ...line('saturation, orders a second', saturation?.capacity, ({ ordersPerSecond }) => withSpread(ordersPerSecond)),
    ...line(
      '  at a fixed rate below it',
      saturation?.open,
      one =>
        `offered ${whole(one.offered)}, completed ${whole(one.completed)}, p50 ${whole(one.p50Ms)} ms, p99 ${whole(one.p99Ms)} ms`,
    ),
    ...(latency?.flatMap(one =>
      line(
        `latency at ${one.perSecond} orders a second, ms`,
        one,
        ({ p50Ms, p99Ms }) => `p50 ${withSpread(p50Ms)}, p99 ${withSpread(p99Ms)}`,
      ),
    ) ?? []),
    ...line('one item in all orders', hot, withSpread),
    ...line(
      'twice the capacity',
      overload,
      one =>
        `offered ${whole(one.offered)}, accepted ${whole(one.accepted)}, completed ${whole(one.completed)} a second; refused: ${JSON.stringify(one.refused)}`,
    ),
    ...line('batches of one', ones, withSpread),
    ...line(
      'saturation with tracing',
      tracing,
      one =>
        `off ${withSpread(one.off)}, on ${withSpread(one.on)}; pair by pair ${shares(one.rate)} of it, for ${shares(one.cpu)} of the CPU`,
    ),
    ...(replicas?.scale.flatMap(one =>
      line(
        `saturation with ${one.replicas} of each service`,
        one.capacity,
        ({ ordersPerSecond, perOrder }) =>
          `${withSpread(ordersPerSecond)}; ${cpuOf(perOrder).toFixed(2)} ms of CPU an order`,
      ),
    ) ?? []),
    ...line(
      'replicas stop and start under load',
      replicas?.rebalanced,
      one => `${whole(one.perSecond)} of ${whole(one.placed)} orders`,
    ),
    ...line(
      'replicas leave and join at a low rate',
      replicas?.shared,
      one =>
        `${one.offered} a second, ${one.rebalances} times in each service: p50 ${whole(one.p50Ms)}, p99 ${whole(one.p99Ms)} ms`,
    ),
    ...line(
      'one customer, alone and while another floods, ms',
      flood,
      ({ alone, flooded }) =>
        `p50 ${alone.p50Ms.toFixed(1)} and ${flooded.p50Ms.toFixed(1)}, p99 ${alone.p99Ms.toFixed(1)} and ${flooded.p99Ms.toFixed(1)}: ${(flooded.p99Ms / alone.p99Ms).toFixed(1)} times; refused: ${JSON.stringify(flooded.refused)}`,
    ),
    ...line(
      'the flood',
      flood,
      one =>
        `${one.connections} connections, niced, ${Math.round(one.generatorCpu * 100)} % of a core; answered: ${JSON.stringify(one.answers)}; in a minute ${whole(one.rejected)} rejected orders wrote ${whole(one.walBytes)} bytes of log`,
    ),
  ]
}

const drained = ({ perSecond, wholeSeconds }: Drain) =>
  `${whole(perSecond)} orders a second; gone after ${wholeSeconds.toFixed(1)} s`

function backlogLines({ drain, growth }: Found): Line[] {
  return [
    ...(drain?.flatMap(one => line(`a backlog of ${whole(one.orders)}`, one, drained)) ?? []),
    ...line(
      'with finished orders in the tables',
      growth?.drain,
      one => `${whole(growth?.finished ?? 0)} of them: a backlog of ${whole(one.orders)} at ${drained(one)}`,
    ),
  ]
}

function toolLines({ tail, cli }: Found): Line[] {
  return [
    ...line(
      'mgmt events tail, events a second',
      tail,
      one =>
        `${whole(one.perSecond)} of ${whole(one.events)}, kafkajs alone ${whole(one.barePerSecond)}; ${one.peakMb.half} MB for half of them, ${one.peakMb.all} MB for all`,
    ),
    ...line('mgmt events tail --tail 20, ms', tail, one => whole(one.lastTwentyMs)),
    ...line(
      'starting, ms',
      cli,
      one =>
        `node ${withSpread(one.node)}, mgmt --version ${withSpread(one.version)}, mgmt --help ${withSpread(one.help)}`,
    ),
  ]
}
