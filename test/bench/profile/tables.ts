import { decimals } from '../cost-table.ts'
import { othersText, type Metered } from '../others.ts'
import type { Profile } from './profile.ts'

type Row = [name: string, ...values: (number | undefined)[]]
type ByName = Record<string, number>

/** What is less is left out, as a fraction of the sum of its column. */
const leastShare = 0.002

/** The profiles as Markdown: the time of an order by process, then by category, then what is done for it. */
export const profileTables = (profiles: readonly Metered<Profile>[]): string =>
  [
    'CPU milliseconds of an order by process, the profiler included',
    table(['process', ...titles(profiles)], [...processRows(profiles)]),
    profiles.map(({ load, orders, others }) => `${load}: ${orders} orders, ${othersText(others, 'cpu')}`).join('; '),
    ...profiles.flatMap(profile => [
      `CPU milliseconds of an order by category of self time, ${profile.load}`,
      table(['category', ...Object.keys(profile.selfMs), 'all services'], categoryRows(profile)),
    ]),
    'CPU milliseconds of an order by thread of Kafka',
    table(['thread', ...titles(profiles)], rowsOf(profiles.map(({ processes }) => processes.kafka?.threadsMs ?? {}))),
    'What is done for an order',
    table(['', ...titles(profiles)], countRows(profiles)),
  ].join('\n\n')

const titles = (profiles: readonly Profile[]) => profiles.map(({ load }) => load)
const sum = (values: readonly (number | undefined)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0)

const processRows = (profiles: readonly Profile[]) =>
  rowsOf(
    profiles.map(({ perOrder }) =>
      Object.fromEntries(Object.entries(perOrder).map(([name, { cpuMs }]) => [name, cpuMs])),
    ),
  )

function categoryRows({ selfMs }: Profile): Row[] {
  const services = Object.values(selfMs)
  return rowsOf(services).map(([name, ...values]) => [name, ...values, sum(values)])
}

function rowsOf(columns: readonly ByName[]): Row[] {
  const names = new Set(columns.flatMap(column => Object.keys(column)))
  const rows = [...names].map((name): Row => [name, ...columns.map(column => column[name])])
  const sums = columns.map(column => sum(Object.values(column)))
  const values = ([, ...values]: Row) => values
  return [
    ...rows
      .filter(row => values(row).some((value, at) => (value ?? 0) > leastShare * (sums[at] ?? 0)))
      .toSorted((a, b) => sum(values(b)) - sum(values(a))),
    ['in all', ...sums],
  ]
}

function countRows(profiles: readonly Profile[]): Row[] {
  const row = (name: string, count: (profile: Profile) => number | undefined): Row => [name, ...profiles.map(count)]
  const namesOf = (part: (profile: Profile) => object) => [
    ...new Set(profiles.flatMap(profile => Object.keys(part(profile)))),
  ]
  const transactions = ({ databases }: Profile) => databases.transactions
  const services = namesOf(({ traffic }) => traffic)
  const requests = (service: string) =>
    namesOf(({ traffic }) => traffic[service]?.kafka.requests ?? {}).map(name =>
      row(`${name} requests of Kafka, ${service}`, ({ traffic }) => traffic[service]?.kafka.requests[name]),
    )
  return [
    ...namesOf(transactions).map(name => row(`transactions, ${name}`, profile => transactions(profile)[name])),
    row('transactions, in all', profile => sum(Object.values(transactions(profile)))),
    row('flushes of the log', ({ databases }) => databases.log.flushes),
    row('records of the log', ({ databases }) => databases.log.records),
    row('bytes of the log', ({ databases }) => databases.log.bytes),
    ...services.flatMap(name => [
      row(`statements, ${name}`, ({ traffic }) => traffic[name]?.database.requests.statement),
      row(`round trips to the database, ${name}`, ({ traffic }) => traffic[name]?.database.roundTrips),
      row(`bytes to the database, ${name}`, ({ traffic }) => traffic[name]?.database.sentBytes),
      row(`bytes from the database, ${name}`, ({ traffic }) => traffic[name]?.database.receivedBytes),
    ]),
    ...services.flatMap(name => [
      ...requests(name),
      row(`bytes to Kafka, ${name}`, ({ traffic }) => traffic[name]?.kafka.sentBytes),
      row(`bytes from Kafka, ${name}`, ({ traffic }) => traffic[name]?.kafka.receivedBytes),
    ]),
    ...namesOf(({ processes }) => processes).flatMap(name => [
      row(`calls to write, ${name}`, ({ processes }) => processes[name]?.writes),
      row(`calls to read, ${name}`, ({ processes }) => processes[name]?.reads),
    ]),
  ].filter(([, ...values]) => values.some(value => (value ?? 0) >= 0.005))
}

const inColumn = (value: number | undefined) =>
  value === undefined ? '' : value >= 100 ? Math.round(value).toLocaleString('en-GB') : decimals(value)

function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    line(head.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map(([name, ...values]) => line([name, ...values.map(inColumn)])),
  ].join('\n')
}
