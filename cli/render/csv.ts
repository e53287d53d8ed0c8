/** The first row names the columns, so that the output can be given to `items import`. */
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

/** Values need not have the same fields, so all are collected in order of appearance. */
export const columnsOf = (values: readonly unknown[]) => [...new Set(values.flatMap(one => Object.keys(fieldsOf(one))))]

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : { value }

/**
 * Text that a spreadsheet would take for a formula gets a `'`, which our own reader removes; numbers do not need it.
 * Raw output is unchanged.
 */
function cellOf(value: unknown, isRaw: boolean): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const shown = isRaw ? text : guarded(text.replaceAll(commanding, ' '))
  return /[",;\t\r\n]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}

/**
 * Also after spaces, and the full-width signs of East Asian keyboards: some spreadsheets skip the former and accept the
 * latter.
 */
export const formula = /^'*(?:\s*[=+\-@＝＋－＠]|[\t\r])/

const guarded = (text: string) => (formula.test(text) ? `'${text}` : text)

/** Characters that would control a terminal, or reverse the direction of the following text. */
const commanding = /(?![\t\r\n])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
