import { usage } from '../failure.ts'
import type { Look } from './look.ts'
import { clean, table } from './table.ts'
import { moment } from './times.ts'

type Fields = Record<string, unknown>
type Render<T> = (value: T, look: Look) => string

export const namesIn = (text: string) =>
  text
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)

export function chosenFields<T>(
  value: T,
  render: Render<T>,
  names: string | undefined,
): { value: unknown; draw: (look: Look) => string } {
  if (names === undefined) return { value, draw: look => render(value, look) }
  const wanted = namesIn(names)
  const rows = (Array.isArray(value) ? value : [value]) as Fields[]
  const known = new Set(rows.flatMap(row => Object.keys(row)))
  const unknown = wanted.filter(name => !known.has(name))
  if (wanted.length === 0 || (rows.length > 0 && unknown.length > 0)) {
    throw usage(
      wanted.length === 0 ? '--fields names no field.' : `There is no field ${unknown.join(', ')}.`,
      `choose from: ${[...known].sort().join(', ')}`,
    )
  }
  const picked = rows.map(row => Object.fromEntries(wanted.map(name => [name, row[name] ?? null])))
  return {
    value: Array.isArray(value) ? picked : picked[0],
    draw: look =>
      table(
        wanted.map(name => name.toUpperCase()),
        picked.map(row => wanted.map(name => inACell(row[name], look))),
        look,
        [],
        wanted.map((_, at) => at).toReversed(),
      ),
  }
}

const isTime = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value)

function inACell(value: unknown, look: Look): string {
  if (value === null) return '–'
  if (isTime(value)) return moment(value, look)
  return clean(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
