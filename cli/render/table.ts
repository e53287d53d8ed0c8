import Table from 'cli-table3'
import type { Look } from './look.ts'
import { short, widthOf } from './width.ts'

export { clean } from './width.ts'

const nothing = ''
const plain = {
  top: nothing,
  'top-mid': nothing,
  'top-left': nothing,
  'top-right': nothing,
  bottom: nothing,
  'bottom-mid': nothing,
  'bottom-left': nothing,
  'bottom-right': nothing,
  left: nothing,
  'left-mid': nothing,
  mid: nothing,
  'mid-mid': nothing,
  right: nothing,
  'right-mid': nothing,
  middle: '  ',
}

/**
 * Columns as in gh and kubectl: a header, no borders, numbers right-aligned. When the width is not enough, the columns
 * in `gives` shrink, the first one first; -o json shows them whole.
 */
export function table(
  head: string[],
  rows: string[][],
  { colour, width }: Look,
  right: readonly number[] = [],
  gives: readonly number[] = [],
): string {
  const fitting = narrowed(head, rows, width, gives)
  const shown = head.map((_, column) => column).filter(column => fitting[column] !== 0)
  const drawn = new Table({
    head: shown.map(column => colour.bold(short(head[column] ?? '', fitting[column] ?? 0))),
    chars: plain,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: shown.map(column => (right.includes(column) ? 'right' : 'left')),
  })
  drawn.push(
    ...rows.map(row =>
      shown.map(column =>
        gives.includes(column) ? short(row[column] ?? '', fitting[column] ?? 0) : (row[column] ?? ''),
      ),
    ),
  )
  return drawn
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

const gap = 2
const least = 8 // a column with less room than this is left out

function narrowed(head: string[], rows: string[][], width: number, gives: readonly number[]): number[] {
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[column] ?? '')), widthOf(title)),
  )
  const over = () => widths.reduce((sum, one) => sum + (one > 0 ? one + gap : 0), -gap) - width
  for (const column of gives)
    widths[column] = Math.min(widths[column] ?? 0, Math.max(least, (widths[column] ?? 0) - Math.max(0, over())))
  for (const column of gives) if (over() > 0) widths[column] = 0
  return widths
}

/** Splits between words; the text must be without colours, which have no width. */
export function wrapped(text: string, most: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > most) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

export function facts(pairs: readonly (readonly [string, string | undefined])[], { colour, width }: Look): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
  const column = Math.max(...shown.map(([name]) => name.length)) + gap
  return shown
    .map(([name, value]) => {
      const lines = widthOf(value) + column > width ? wrapped(value, Math.max(20, width - column)) : [value]
      return `${colour.bold(name)}${' '.repeat(column - name.length)}${lines.join(`\n${' '.repeat(column)}`)}`
    })
    .join('\n')
}
