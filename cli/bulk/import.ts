import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  type WriteStream,
} from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { formatDuration } from '../input/durations.ts'
import { beforeEnding } from '../cleanup.ts'
import { exit, Failure, usage } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Look } from '../render/look.ts'
import { inParallel } from './pool.ts'
import { formatOf, rowsOf, type Format, type Row } from './rows.ts'
import type { Checked, Problem } from './shapes.ts'

export interface ImportOptions {
  format?: Format
  concurrency: number
  results?: string
  importId?: string
  dryRun?: boolean
}

/** What became of a row. */
export interface RowResult {
  row: number
  /** `done`: it is there, now or from an earlier run; `skipped`: the results of an earlier run say that it is there. */
  state: 'done' | 'failed' | 'skipped'
  /** Of what was created: the order's id, or the item's sku. */
  id?: string
  code?: string
  message?: string
  key: string
}

export interface Importer {
  /** What a row is called: order, item. */
  noun: string
  check(row: Row): Checked
  /** Sends a row under its key; returns the id of the created or updated resource. */
  send(body: Record<string, unknown>, key: string): Promise<string>
  /** What became of a row, as a line. */
  render(result: RowResult, look: Look): string
}

interface Source {
  file: string
  format: Format
  /** SHA-256 of the content. */
  digest: string
  rows: number
  resultsFile: string | undefined
}

const shownProblems = 20

/**
 * Imports a file: all rows are checked first, then sent with the given concurrency; a row that was imported before is
 * not sent again.
 */
export async function importFile(mgmt: Mgmt, given: string, options: ImportOptions, importer: Importer): Promise<void> {
  const source = await sourceOf(mgmt, given, options)
  await checkAll(source, importer)
  if (options.dryRun) return mgmt.note(`${source.rows} ${importer.noun}s are right. Nothing was sent.`)
  const id = options.importId ?? source.digest.slice(0, 32)
  const results = await resultsOf(source.resultsFile, id)
  beforeEnding(() => results.close())
  const progress = progressOf(mgmt, source.rows)
  const counts = { done: 0, failed: 0, skipped: 0 }
  mgmt.openLines()
  const tell = async (result: RowResult) => {
    counts[result.state]++
    progress.tick(counts)
    if (result.state !== 'skipped') await results.write(result)
    if (mgmt.options.output !== 'table' || result.state === 'failed') await mgmt.printLine(result, importer.render)
  }
  try {
    await inParallel(rowsOf(source.file, source.format), options.concurrency, async row => {
      mgmt.signal.throwIfAborted()
      const key = `${id}:${row.row}`
      await tell(
        results.isDone(row.row) ? { row: row.row, state: 'skipped', key } : await sendRow(mgmt, importer, row, key),
      )
    })
  } catch (error) {
    throw interrupted(error, counts, given)
  } finally {
    progress.end()
    await results.close()
  }
  mgmt.note(
    `${counts.done} ${importer.noun}s are in, ${counts.skipped} were in before, ${counts.failed} failed; import id ${id}`,
  )
  if (counts.failed > 0) {
    mgmt.note(
      `  repeat the same command to try the failed ones again; when you change the file, add --import-id ${id}, so that the others are not sent twice`,
    )
    mgmt.exitWith(exit.failed)
  }
}

/** The file itself, or what comes on stdin in a file of its own: it is read twice. */
async function sourceOf(mgmt: Mgmt, given: string, { format, results }: ImportOptions): Promise<Source> {
  const isStdin = given === '-'
  const file = isStdin ? await fromStdin() : given
  if (!existsSync(file) || !statSync(file).isFile())
    throw usage(`There is no file ${given}.`, 'give a CSV or JSONL file, or - for stdin')
  const hash = createHash('sha256')
  let first = ''
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Buffer)
    if (first === '') first = (chunk as Buffer).toString('utf8', 0, 64).trimStart()
  }
  mgmt.signal.throwIfAborted()
  const guessed = isStdin ? (first.startsWith('{') ? 'jsonl' : 'csv') : formatOf(file)
  return {
    file,
    format: format ?? guessed,
    digest: hash.digest('hex'),
    rows: 0,
    resultsFile: results ?? (isStdin ? undefined : `${given}.results.jsonl`),
  }
}

async function fromStdin(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-import-'))
  beforeEnding(() => rmSync(folder, { recursive: true, force: true }))
  await pipeline(process.stdin, createWriteStream(join(folder, 'stdin'), { mode: 0o600 }))
  return join(folder, 'stdin')
}

async function checkAll(source: Source, { check, noun }: Importer): Promise<void> {
  const problems: Problem[] = []
  let wrong = 0
  for await (const row of rowsOf(source.file, source.format)) {
    source.rows++
    const checked = check(row)
    if (!('problems' in checked)) continue
    wrong++
    for (const { path, message } of checked.problems)
      if (problems.length < shownProblems) problems.push({ path: `row ${row.row}${path && ` ${path}`}`, message })
  }
  if (source.rows === 0)
    throw usage(
      `There are no ${noun}s in it.`,
      source.format === 'csv'
        ? 'the first line of a CSV file has the names of its columns'
        : 'a JSONL file has an object on each line',
    )
  if (wrong > 0) {
    throw new Failure(`${wrong} of ${source.rows} rows are wrong. Nothing was sent.`, {
      status: exit.usage,
      code: 'invalid_rows',
      errors: problems,
      next: 'mend these rows, then repeat the command',
    })
  }
}

/** What earlier runs of the same import have done, and where this one writes it down. */
async function resultsOf(file: string | undefined, id: string) {
  const done = new Set<number>()
  if (file !== undefined && existsSync(file)) {
    for await (const { values } of rowsOf(file, 'jsonl')) {
      if (values.state === 'done' && typeof values.row === 'number' && values.key === `${id}:${values.row}`)
        done.add(values.row)
    }
  }
  const stream: WriteStream | undefined =
    file === undefined ? undefined : createWriteStream(file, { flags: 'a', mode: 0o600 })
  if (stream)
    await once(stream, 'open').catch(error => {
      throw usage(
        `The results cannot be written: ${error instanceof Error ? error.message : error}`,
        'name another file with --results FILE',
      )
    })
  return {
    isDone: (row: number) => done.has(row),
    async write(result: RowResult) {
      if (stream && !stream.write(`${JSON.stringify(result)}\n`)) await once(stream, 'drain')
    },
    close: () =>
      stream &&
      new Promise<void>(resolve => {
        stream.end(resolve)
      }),
  }
}

const attempts = 6

/**
 * Sends until there is an answer, always under the same key. What the service refuses is the row's result; what keeps
 * all rows is thrown.
 */
async function sendRow(mgmt: Mgmt, { check, send }: Importer, row: Row, key: string): Promise<RowResult> {
  const checked = check(row)
  if ('problems' in checked)
    return {
      row: row.row,
      state: 'failed',
      key,
      code: 'invalid_row',
      message: checked.problems.map(({ message }) => message).join('; '),
    }
  for (let attempt = 1; ; attempt++) {
    try {
      return { row: row.row, state: 'done', id: await send(checked.body, key), key }
    } catch (error) {
      mgmt.signal.throwIfAborted()
      if (!(error instanceof Failure) || error.status === exit.notAllowed) throw error
      const passes =
        error.status === exit.unreachable || error.code === 'http_429' || error.code === 'too_many_requests'
      if (!passes)
        return {
          row: row.row,
          state: 'failed',
          key,
          code: error.code,
          message: [error.message, ...error.errors.map(one => `${one.path}: ${one.message}`)].join(' '),
        }
      if (attempt === attempts) throw error
      await pause(200 * 2 ** attempt, undefined, { signal: mgmt.signal })
    }
  }
}

function interrupted(error: unknown, { done, skipped }: { done: number; skipped: number }, given: string): unknown {
  if (!(error instanceof Failure)) return error
  const next =
    error.status === exit.notAllowed
      ? error.next
      : `repeat the command: ${given === '-' ? 'with the same input ' : ''}it goes on where it was`
  return new Failure(`${error.message} ${done + skipped} rows are in.`, {
    status: error.status,
    code: error.code,
    cause: error,
    ...(next !== undefined && { next }),
    ...(error.requestId && { requestId: error.requestId }),
  })
}

const everyMs = 200
const lineEveryMs = 5_000 // where there is no terminal

/**
 * Progress, rate and time left: a line that is redrawn on a terminal, a line now and then elsewhere.
 */
function progressOf(mgmt: Mgmt, rows: number) {
  const began = Date.now()
  let told = Date.now()
  return {
    tick({ done, failed, skipped }: Record<'done' | 'failed' | 'skipped', number>): void {
      const now = Date.now()
      if (now - told < (mgmt.hasProgress ? everyMs : lineEveryMs)) return
      told = now
      const sent = done + failed
      const perSecond = (sent / (now - began)) * 1_000
      const left = perSecond > 0 ? `${formatDuration(((rows - sent - skipped) / perSecond) * 1_000)} left` : ''
      const text = `${(sent + skipped).toLocaleString('en')} of ${rows.toLocaleString('en')} rows, ${Math.round(perSecond)} a second, ${left}${failed > 0 ? `, ${failed} failed` : ''}`
      if (mgmt.hasProgress) mgmt.progress(text)
      else mgmt.note(text)
    },
    end: () => mgmt.progress(undefined),
  }
}
