import { asError } from '@docket/foundation/errors.ts'
import { usage } from '../failure.ts'
import { asUtf8, NotText, readTextSync, textOf } from '../input/files.ts'
import { formula } from '../render/csv.ts'
import { plainly, short } from '../render/width.ts'
import { recordsOf } from './records.ts'

export const formats = ['csv', 'jsonl', 'json'] as const
export type Format = (typeof formats)[number]

export interface Row {
  /** Counted from 1 without the header, as spreadsheet users count data. */
  row: number
  values: Record<string, unknown>
  broken?: string
  separator?: string
}

export interface Columns {
  noun: string
  names: readonly string[]
  /** Columns of our own lists that an import does not use. */
  unused: readonly string[]
  missing(names: ReadonlySet<string>): string | undefined
}

/** The file's name decides, then its first character, since stdin has no name. */
export function formatOf(file: string, first = ''): Format {
  if (/\.(csv|tsv)$/i.test(file)) return 'csv'
  if (first === '[') return 'json'
  return first === '{' || /\.(jsonl|ndjson)$/i.test(file) ? 'jsonl' : 'csv'
}

export async function firstLetterOf(file: string): Promise<string> {
  try {
    for await (const text of textOf(file)) if (text.trim() !== '') return text.trimStart()[0] ?? ''
  } catch (error) {
    if (!(error instanceof NotText)) throw error // reported for its row when the rows are read
  }
  return ''
}

/** Streams the rows: only one piece of the file is in memory at a time, except for a JSON array. */
export async function* rowsOf(file: string, format: Format, columns: Columns): AsyncGenerator<Row> {
  let [row, isInHead] = [0, format === 'csv']
  const headRead = () => {
    isInHead = false
  }
  try {
    const rows =
      format === 'csv'
        ? csvRows(textOf(file), columns, headRead)
        : format === 'jsonl'
          ? jsonRows(textOf(file))
          : arrayRows(file, columns.noun)
    for await (const one of rows) yield { row: ++row, ...one }
  } catch (error) {
    if (!(error instanceof NotText)) throw error
    throw usage(`${isInHead ? 'The first line' : `Row ${row + 1}`} ${error.message}.`, asUtf8)
  }
}

type Read = Omit<Row, 'row'>

const mostOfAnArray = 64 * 1_024 * 1_024

function* arrayRows(file: string, noun: string): Generator<Read> {
  const text = readTextSync(file, { what: 'the JSON array', mostBytes: mostOfAnArray })
  const list = jsonOf(text)
  if (!Array.isArray(list))
    throw usage(
      `The file is not a JSON array of ${noun}s${list instanceof Error ? `: ${list.message}` : ''}.`,
      'give a JSON array, or an object on each line (--format jsonl)',
    )
  for (const value of list as unknown[]) yield objectOf(value)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return asError(error)
  }
}

const objectOf = (value: unknown): Read =>
  value instanceof Error
    ? { values: {}, broken: `is not JSON: ${value.message}` }
    : typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { values: value as Record<string, unknown> }
      : { values: {}, broken: 'is not a JSON object' }

async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<Read> {
  for await (const line of linesOf(text)) if (line.trim() !== '') yield objectOf(jsonOf(line))
}

const mostOfALine = 1_000_000 // characters

/** A line without an end is refused before it fills the memory. */
export async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let [rest, line] = ['', 0]
  for await (const piece of text) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) {
      line++
      yield one
    }
    if (rest.length > mostOfALine)
      throw usage(
        `Line ${line + 1} is longer than ${mostOfALine.toLocaleString('en')} letters.`,
        'give a JSON object on each line',
      )
  }
  if (rest !== '') yield rest
}

/**
 * RFC 4180, as spreadsheets write it: the first line names the columns, in any case; commas, semicolons or tabs
 * separate the values.
 */
async function* csvRows(text: AsyncIterable<string>, columns: Columns, headRead: () => void): AsyncGenerator<Read> {
  let names: (string | undefined)[] | undefined
  for await (const { fields, broken, separator } of recordsOf(text)) {
    if (fields.every(field => field.trim() === '')) continue
    if (!names) {
      names = columnsOf(broken === undefined ? fields : [], columns)
      headRead()
    } else yield { ...(broken === undefined ? named(names, fields) : { values: {}, broken }), separator }
  }
}

export const aOrAn = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`

const sameName = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, '')

/** A column without a name is allowed if it is empty, as spreadsheets may add one. */
function columnsOf(given: readonly string[], { noun, names, unused, missing }: Columns): (string | undefined)[] {
  const known = [...names, ...unused]
  const found = given.map(text => known.find(name => sameName(name) === sameName(text)))
  const next = `the first line has the names of the columns: ${names.join(', ')}`
  const quoted = (text: string) => `"${short(plainly(text), 40)}"`
  const namesGiven = () => given.slice(0, 8).map(quoted).join(', ') || 'nothing that can be read'
  if (found.every(name => name === undefined))
    throw usage(`The first line does not name the columns of ${aOrAn(noun)}; it has ${namesGiven()}.`, next)
  const stranger = given.find((text, at) => found[at] === undefined && text.trim() !== '')
  if (stranger !== undefined) throw usage(`${aOrAn(noun).replace(/^a/, 'A')} has no column ${quoted(stranger)}.`, next)
  const twice = found.find((name, at) => name !== undefined && found.indexOf(name) < at)
  if (twice !== undefined) throw usage(`The column ${twice} occurs twice.`, 'leave one of the two out')
  const lacking = missing(new Set(found.filter(name => name !== undefined)))
  if (lacking !== undefined) throw usage(`The column ${lacking} is missing.`, next)
  return found.map(name => (name !== undefined && unused.includes(name) ? '' : name))
}

function named(names: readonly (string | undefined)[], fields: readonly string[]): Read {
  const values: Record<string, unknown> = {}
  for (const [at, field] of fields.entries()) {
    const [name, text] = [names[at], field.trim()]
    if (text === '' || name === '') continue
    if (name === undefined)
      return {
        values,
        broken:
          at < names.length
            ? `has a value in column ${at + 1}, which has no name`
            : `has ${fields.length} values, but there are ${names.length} columns`,
      }
    values[name] = withoutGuard(text)
  }
  return { values }
}

/** `mgmt -o csv` adds a `'` to text that a spreadsheet would take for a formula, so it is removed again. */
const withoutGuard = (text: string) => (text.startsWith("'") && formula.test(text) ? text.slice(1) : text)
