import { usage } from '../failure.ts'

/** One record of a CSV file: its values, or why they cannot be told apart. */
export interface CsvRecord {
  fields: string[]
  separator: string
  broken?: string
}

const mostOfARecord = 100_000 // letters; a quote that is never closed must not swallow the whole file

const separators = [',', ';', '\t']

/** The same text, of which the first piece has the whole first line. */
async function* beginningWhole(text: AsyncIterable<string>): AsyncGenerator<string> {
  let first: string | undefined = ''
  for await (const piece of text) {
    if (first === undefined) yield piece
    else {
      first += piece
      if (!/[\r\n]./s.test(first.trimStart()) && first.length < mostOfARecord) continue
      yield first
      first = undefined
    }
  }
  if (first !== undefined) yield first
}

/** What stands most often between the names, outside of quotes. */
function separatorOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text.trimStart())?.[0] ?? '').replaceAll(/"[^"]*"/g, '')
  const counted = separators.map(one => line.split(one).length)
  return separators[counted.indexOf(Math.max(...counted))] ?? ','
}

/**
 * The records of CSV text, of which the first says what stands between the values. Values with separators, quotes or
 * line breaks stand in quotes; a line ends with LF, CRLF or CR. A first line `sep=;`, by which Excel is told, is none.
 */
export async function* recordsOf(text: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let [fields, field, length, count]: [string[], string, number, number] = [[], '', 0, 0]
  let state: 'start' | 'bare' | 'quoted' | 'closed' | 'behind' = 'start'
  let [broken, separator, afterCr]: [string | undefined, string, boolean] = [undefined, ',', false]
  const noEnd = (why: string) =>
    usage(
      `${count === 0 ? 'The first line' : `Row ${count}`} ${why}.`,
      'close the quote; one that belongs to the text is written twice: ""',
    )
  function ended(): CsvRecord {
    const record = { fields: [...fields, field], separator, ...(broken !== undefined && { broken }) }
    ;[fields, field, length, state, broken] = [[], '', 0, 'start', undefined]
    if (record.fields.some(one => one.trim() !== '')) count++
    return record
  }
  let isFirst = true
  for await (let piece of beginningWhole(text)) {
    if (isFirst) {
      isFirst = false
      const told = /^\s*sep=([,;\t])[\r\n]+/i.exec(piece)
      if (told) piece = piece.slice(told[0].length)
      separator = told?.[1] ?? separatorOf(piece)
    }
    for (const letter of piece) {
      if (afterCr) {
        afterCr = false
        if (letter === '\n') continue
      }
      if (++length > mostOfARecord)
        throw noEnd(`is longer than ${mostOfARecord.toLocaleString('en')} letters: is a quote opened and never closed`)
      if (state === 'quoted') {
        if (letter === '"') state = 'closed'
        else field += letter
      } else if (letter === '"' && state === 'closed') {
        field += '"'
        state = 'quoted'
      } else if (letter === '"' && state === 'start') state = 'quoted'
      else if (letter === separator) {
        fields.push(field)
        field = ''
        state = 'start'
      } else if (letter === '\n' || letter === '\r') {
        afterCr = letter === '\r'
        yield ended()
      } else {
        const isBehind: boolean = state === 'closed' || state === 'behind'
        if (isBehind && letter !== ' ')
          broken ??= 'has text behind a closing quote: one that belongs to the text is written twice'
        // a quote in what is broken opens nothing: it would swallow the rows behind it
        state = isBehind && letter === ' ' ? 'behind' : 'bare'
        field += letter
      }
    }
  }
  if (state === 'quoted') throw noEnd('opens a quote that is never closed')
  if (length > 0) yield ended()
}
