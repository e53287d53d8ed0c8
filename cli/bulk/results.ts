import { closeSync, constants, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { messageOf } from '@docket/foundation/errors.ts'
import { Failure, usage } from '../failure.ts'
import { NotText, textOf } from '../input/files.ts'
import { oneOf, type ShapeOf } from '../shape.ts'
import { linesOf } from './rows.ts'

export interface RowResult {
  /** Its position in the file, or its last one if it has been removed. */
  row: number
  /**
   * `done`: it exists, from this or an earlier run. `skipped`: the results of an earlier run say that it exists.
   * `gone`: they say so about a row that is no longer in the file.
   */
  state: 'done' | 'failed' | 'skipped' | 'gone'
  id?: string
  code?: string
  message?: string
  key: string
}

export const resultShape: ShapeOf<RowResult> = {
  row: 'integer',
  state: oneOf('done', 'failed', 'skipped', 'gone'),
  'id?': 'string',
  'code?': 'string',
  'message?': 'string',
  key: 'string',
}

export interface Done {
  row: number
  key: string
  id?: string
  /** For a row with an id of its own: its content then, to notice changes. */
  content?: string
}

export interface Past {
  done: Map<string, Done>
  refusedKeys: Set<string>
  /** Results of the previous release, which knew rows by their numbers only. */
  numbered: Map<number, Done>
  /**
   * Whether this release has started this import with numbers, and has an answer for each, so that they may be trusted.
   */
  numbersAreNamed: boolean
  /** False: nothing in the existing file is by this release, so its rows may be known by number only. */
  isOfThisRelease: boolean
  /** The last other import into the same results, to notice a file that was edited meanwhile. */
  other?: { id: string; rows: number; done: Set<string> }
}

interface Beginning {
  import: string
  rows: number
  numbered?: true
}

type Line = Partial<RowResult> & Partial<Beginning> & { name?: string; content?: string }

const nothing = (isOfThisRelease: boolean): Past => ({
  done: new Map(),
  refusedKeys: new Set(),
  numbered: new Map(),
  numbersAreNamed: false,
  isOfThisRelease,
})

/** Reads a regular file only, because a device may have no end. */
export async function readPast(file: string | undefined, id: string): Promise<Past> {
  const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })
  if (file === undefined || !stats) return nothing(true)
  if (stats.isDirectory())
    throw usage(`The results file ${file} is a folder, not a file.`, 'name another file with --results FILE')
  if (!stats.isFile()) return nothing(true)
  const past = nothing(false)
  const answered = new Set<number>()
  let rowsByNumber: number | undefined
  try {
    for await (const text of linesOf(textOf(file))) {
      const line = lineOf(text)
      if (line === 'strange') throw notResults(file)
      if (line === undefined) continue
      if (line.import !== undefined) {
        past.isOfThisRelease = true
        if (line.import === id && line.numbered) rowsByNumber = line.rows
        if (line.import !== id && line.import !== past.other?.id)
          past.other = { id: line.import, rows: line.rows ?? 0, done: new Set() }
      } else if (take(past, line, id)) answered.add(line.row ?? 0)
    }
  } catch (error) {
    throw error instanceof NotText ? notResults(file) : error
  }
  past.numbersAreNamed = rowsByNumber !== undefined && answered.size >= rowsByNumber
  return past
}

const notResults = (file: string) =>
  usage(`${file} is not a file of results: it has other lines.`, 'name another file with --results FILE')

/** A line may be cut off, if a run was killed. */
function lineOf(text: string): Line | 'strange' | undefined {
  if (text.trim() === '') return undefined
  if (!text.startsWith('{')) return 'strange'
  try {
    return JSON.parse(text) as Line // by an earlier run; fields are checked where they are used
  } catch {
    return undefined
  }
}

function take(past: Past, { key, state, row, id: created, name, content, code }: Line, id: string): boolean {
  if (typeof key !== 'string' || typeof row !== 'number') return false
  const done: Done = {
    row,
    key,
    ...(created !== undefined && { id: created }),
    ...(content !== undefined && { content }),
  }
  const isMine = key.startsWith(`${id}:`)
  if (!isMine) {
    if (state === 'done' && past.other && key.startsWith(`${past.other.id}:`))
      past.other.done.add(name ?? nameIn(key, past.other.id))
    return false
  }
  const isNumber = key.replace(/~\d+$/, '') === `${id}:${row}`
  if (state === 'failed' && code !== 'idempotency_key_reused') past.refusedKeys.add(key)
  if (state === 'done') {
    if (isNumber) past.numbered.set(row, done)
    if (!isNumber || name !== undefined) past.done.set(name ?? nameIn(key, id), done)
  }
  return isNumber && name !== undefined
}

const nameIn = (key: string, id: string) => key.slice(id.length + 1).replace(/~\d+$/, '')

export interface ResultsWriter {
  write(line: RowResult & { name?: string; content?: string }): void
  close(): void
}

/** Opens the file at once, so that an error is reported before anything is sent. */
export function resultsWriter(file: string | undefined, beginning: Beginning): ResultsWriter {
  if (file === undefined) return { write: () => undefined, close: () => undefined }
  let fd: number | undefined
  const lost = (error: unknown, next: string) =>
    new Failure(`The results cannot be written: ${messageOf(error)}.`, {
      code: 'results_lost',
      cause: error,
      next,
    })
  const append = (text: string, next: string) => {
    try {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length && fd !== undefined;) at += writeSync(fd, bytes, at)
    } catch (error) {
      throw lost(error, next)
    }
  }
  const elsewhere = 'nothing was sent; name another file with --results FILE, or none: --results /dev/null'
  try {
    fd = openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o600)
  } catch (error) {
    throw usage(`The results cannot be written: ${messageOf(error)}.`, elsewhere)
  }
  const { size } = fstatSync(fd)
  const last = Buffer.alloc(1)
  if (size > 0) readSync(fd, last, 0, 1, size - 1)
  // a line that was cut off when a run was killed must not swallow the first one of this run
  append(`${size > 0 && last.toString() !== '\n' ? '\n' : ''}${JSON.stringify(beginning)}\n`, elsewhere)
  return {
    write: line =>
      append(`${JSON.stringify(line)}\n`, 'make room, then repeat the command: what is in is not created twice'),
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}
