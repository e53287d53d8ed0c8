import { createReadStream } from 'node:fs'

export type Format = 'csv' | 'jsonl'

/** One row of a file: what it says by name, or why it cannot be read. */
export interface Row {
  /** 1 for the first row of data. */
  row: number
  values: Record<string, unknown>
  broken?: string
}

/** By its name; CSV, when the name does not say. */
export const formatOf = (file: string): Format => (/\.(jsonl|ndjson)$/i.test(file) ? 'jsonl' : 'csv')

/** The rows of a file, one after another: never more than one piece of it is in memory. */
export async function* rowsOf(file: string, format: Format): AsyncGenerator<Row> {
  const text = createReadStream(file, { encoding: 'utf8' })
  yield* format === 'csv' ? csvRows(text) : jsonRows(text)
}

const mostOfARow = 1_000_000 // letters; a quote that is never closed must not swallow the whole file

async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let row = 0
  for await (const line of linesOf(text)) if (line.trim() !== '') yield { row: ++row, ...objectIn(line) }
}

function objectIn(line: string): Omit<Row, 'row'> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { values: value as Record<string, unknown> }
    return { values: {}, broken: 'is not a JSON object' }
  } catch (error) {
    return { values: {}, broken: `is not JSON: ${error instanceof Error ? error.message : error}` }
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield line
  }
  if (rest !== '') yield rest
}

/** RFC 4180: the first line has the names; values with commas, quotes or line breaks stand in quotes. */
async function* csvRows(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let names: string[] | undefined
  let row = 0
  for await (const fields of recordsOf(text)) {
    if (!names)
      names = fields.map(name =>
        name
          .replace(/^\uFEFF/, '')
          .trim()
          .toLowerCase()
          .replaceAll(/[ -]/g, '_'),
      )
    else if (fields.length > 1 || fields[0]?.trim() !== '') yield { row: ++row, ...named(names, fields) }
  }
}

function named(names: readonly string[], fields: readonly string[]): Omit<Row, 'row'> {
  const values = Object.fromEntries(
    names.flatMap((name, at) => (fields[at] === undefined || fields[at] === '' ? [] : [[name, fields[at]]])),
  )
  return fields.length === names.length
    ? { values }
    : { values, broken: `has ${fields.length} values, but there are ${names.length} columns` }
}

async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<string[]> {
  let [fields, field, quoted, wasQuote, isEmpty] = [[] as string[], '', false, false, true]
  for await (const chunk of text) {
    for (const letter of chunk) {
      if (wasQuote) {
        wasQuote = false
        if (letter === '"') {
          field += '"'
          continue
        }
        quoted = false
      }
      if (quoted) {
        if (letter === '"') wasQuote = true
        else field += letter
      } else if (letter === '"' && field === '') quoted = true
      else if (letter === ',') {
        fields.push(field)
        field = ''
      } else if (letter === '\n') {
        yield [...fields, field.replace(/\r$/, '')]
        ;[fields, field, isEmpty] = [[], '', true]
        continue
      } else field += letter
      isEmpty = false
      if (field.length > mostOfARow) throw new Error('a value has no end: is a quote missing?')
    }
  }
  if (!isEmpty) yield [...fields, field.replace(/\r$/, '')]
}
