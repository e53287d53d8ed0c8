/** Rows of CSV, of which the first names the columns: for spreadsheets, and for `items import`. */
export function csvLines(columns: readonly string[], isRaw: boolean) {
  const line = (cells: readonly string[]) => `${cells.join(',')}\n`
  return {
    head: line(columns.map(name => cellOf(name, isRaw))),
    row: (value: unknown) => {
      const fields = fieldsOf(value)
      return line(columns.map(name => cellOf(Object.hasOwn(fields, name) ? fields[name] : undefined, isRaw)))
    },
  }
}

/** Every field that one of the values has, in the order in which they come. */
export const columnsOf = (values: readonly unknown[]) => [...new Set(values.flatMap(one => Object.keys(fieldsOf(one))))]

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : { value }

/**
 * Text that a spreadsheet would take for a formula gets a `'`, which our own reader takes off; a number is never text.
 * As raw, everything is as it is.
 */
function cellOf(value: unknown, isRaw: boolean): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const shown = isRaw ? text : guarded(text.replaceAll(commanding, ' '))
  return /[",;\t\r\n]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}

/** Also behind spaces, and the wide signs of East Asian keyboards: some spreadsheets pass over the one and read the other. */
export const formula = /^'*(?:\s*[=+\-@＝＋－＠]|[\t\r])/

const guarded = (text: string) => (formula.test(text) ? `'${text}` : text)

/** What would command a terminal, or turn the direction of what follows. */
const commanding = /(?![\t\r\n])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
