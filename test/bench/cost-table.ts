import type { PerOrder } from './cost.ts'
import type { Metered, Others } from './others.ts'

export interface CostColumn {
  title: string
  cpuMs: Record<string, number>
  others: Others
}

export const columnOf = (title: string, { perOrder, others }: Metered<{ perOrder: PerOrder }>): CostColumn => ({
  title,
  cpuMs: Object.fromEntries(Object.entries(perOrder).map(([name, { cpuMs }]) => [name, cpuMs])),
  others,
})

const total = ({ cpuMs }: CostColumn) => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0)
export const decimals = (ms: number) => ms.toFixed(ms < 10 ? 2 : 1)

export function costTable(columns: readonly CostColumn[], limit?: CostColumn): string[] {
  const first = (name: string) => columns.map(({ cpuMs }) => cpuMs[name] ?? 0)
  const names = [...new Set(columns.flatMap(({ cpuMs }) => Object.keys(cpuMs)))].toSorted((a, b) =>
    compare(first(b), first(a)),
  )
  const row = (name: string, cells: (string | undefined)[]) =>
    `${name.padEnd(24)}${cells.map((cell, at) => (cell ?? '').padStart((columns[at]?.title.length ?? 0) + 2)).join('')}`
  return [
    row(
      'CPU ms an order',
      columns.map(({ title }) => title),
    ),
    ...names.map(name =>
      row(
        `  ${name}`,
        columns.map(({ cpuMs }) => (cpuMs[name] === undefined ? undefined : decimals(cpuMs[name]))),
      ),
    ),
    row(
      '  in all',
      columns.map(column => decimals(total(column))),
    ),
    ...(limit
      ? [
          row(
            `  to ${limit.title}`,
            columns.map(column => (total(column) / total(limit)).toFixed(1)),
          ),
        ]
      : []),
    row(
      '  others, cores',
      columns.map(({ others }) => others?.toFixed(2) ?? 'unknown'),
    ),
  ]
}

const compare = (a: readonly number[], b: readonly number[]) =>
  a.map((value, at) => value - (b[at] ?? 0)).find(difference => difference !== 0) ?? 0
