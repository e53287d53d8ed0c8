import Table from 'cli-table3'
import type { Look } from '../mgmt.ts'

const nothing = ''
const plain = {
  top: nothing, 'top-mid': nothing, 'top-left': nothing, 'top-right': nothing, bottom: nothing, 'bottom-mid': nothing, 'bottom-left': nothing, 'bottom-right': nothing,
  left: nothing, 'left-mid': nothing, mid: nothing, 'mid-mid': nothing, right: nothing, 'right-mid': nothing, middle: '  ',
}

/** What a terminal would act on, and what turns text around, is taken out of other people's words. */
export const clean = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, ' ')

/** At most so many columns; what is cut is shown whole with -o json. */
export const short = (text: string, most: number) => text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text

/** Columns as gh and kubectl print them: a head line, no borders. Numbers stand to the right. */
export function table(head: string[], rows: string[][], { colour }: Look, right: readonly number[] = []): string {
  const drawn = new Table({
    head: head.map(text => colour.bold(text)), chars: plain, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => right.includes(column) ? 'right' : 'left'),
  })
  drawn.push(...rows)
  return drawn.toString().split('\n').map(line => line.trimEnd()).join('\n')
}

/** Name and value, a line each. */
export function facts(pairs: readonly (readonly [string, string | undefined])[], { colour }: Look): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${colour.bold(name.padEnd(width))}  ${value}`).join('\n')
}
