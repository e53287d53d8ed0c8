import type { Act } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'
import { moment } from './times.ts'

export function renderActs(acts: readonly Act[], look: Look): string {
  if (acts.length === 0) return 'nobody has done anything'
  const rows = acts.map(({ at, by, from, act, on, reason, detail }) => [
    moment(at, look),
    clean(by.username),
    clean(act),
    clean(`${on.kind.replaceAll('_', ' ')} ${on.id}`),
    clean(reason ?? ''),
    clean(detail ?? ''),
    clean(from),
  ])
  return table(['TIME', 'BY', 'ACT', 'ON', 'REASON', 'DETAIL', 'FROM'], rows, look, [], [5, 6, 4, 3])
}
