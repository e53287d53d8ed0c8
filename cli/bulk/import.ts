import { createHash } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { formatDuration } from '../input/durations.ts'
import { beforeEnding } from '../cleanup.ts'
import { asSentence, exit, Failure, usage } from '../failure.ts'
import { bytesOf, textReader } from '../input/files.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Look } from '../render/look.ts'
import { recognizer, type Known } from './identity.ts'
import { inParallel } from './pool.ts'
import { readPast, resultsWriter, type Done, type Past, type RowResult } from './results.ts'
import { firstLetterOf, formatOf, rowsOf, type Columns, type Format } from './rows.ts'
import type { Checked, Problem } from './shapes.ts'

export interface ImportOptions {
  format?: Format
  concurrency: number
  results?: string
  importId?: string
  unique?: boolean
  dryRun?: boolean
}

export interface Importer {
  columns: Columns
  check(row: { row: number; values: Record<string, unknown>; broken?: string }): Checked
  /** Sends a row under its key; returns the id of the created or updated resource. */
  send(body: Record<string, unknown>, key: string): Promise<string>
  /** What became of a row, as a line. */
  render(result: RowResult, look: Look): string
}

interface Source {
  /** As it was given. */
  given: string
  /** Where its bytes are: what comes by stdin or a pipe is in a file of its own, since it is read several times. */
  file: string
  format: Format
  /** Made from the content, or what the flag says. */
  importId: string
  isUnchanged: boolean
  resultsFile: string | undefined
}

/** A row as it is sent: checked, and known by its content or its `id`. */
type Ready = { row: number } & ({ body: Record<string, unknown>; known: Known } | { problems: Problem[] })

const mostOfAFile = { what: 'the file', mostBytes: 256 * 1_024 * 1_024 }
const mostRows = 1_000_000
const shownProblems = 20

/**
 * Imports a file: all rows are checked first, then sent with the given concurrency; a row that was imported before is
 * not sent again, wherever it stands in the file now.
 */
export async function importFile(mgmt: Mgmt, given: string, options: ImportOptions, importer: Importer): Promise<void> {
  const { noun } = importer.columns
  const source = await sourceOf(mgmt, given, options)
  const past = await readPast(source.resultsFile, source.importId)
  const checked = await checkAll(source, importer, past, options.unique === true)
  const byNumber = goesByNumber(source, past)
  expectMeant(source, past, checked, options, mgmt)
  const counts: Counts = { done: 0, failed: 0, skipped: 0, open: 0 }
  const isIn = ({ row, known }: Ready & { known: Known }) =>
    byNumber ? past.numbered.get(row) : past.done.get(known.name)
  const gone = byNumber ? [] : checked.gone
  if (checked.alike > 0)
    mgmt.note(
      `${countOf(checked.alike, 'row')} ${checked.alike === 1 ? 'is' : 'are'} the same as one before, and count as ${noun}s of their own: --unique refuses them`,
    )
  if (options.dryRun)
    return mgmt.note(`${countOf(checked.rows, noun)} ${checked.rows === 1 ? 'is' : 'are'} right. Nothing was sent.`)
  const results = resultsWriter(source.resultsFile, {
    import: source.importId,
    rows: checked.rows,
    ...(byNumber && { numbered: true as const }),
  })
  const progress = progressOf(mgmt, checked.rows)
  const truth = () => truthOf(counts, checked.rows, noun)
  const unregister = beforeEnding(() => {
    progress.end()
    mgmt.tell(`${truth()} ${goOn(source)}`)
    results.close()
  })
  mgmt.openLines(['row', 'state', 'id', 'code', 'message', 'key'])
  const tell = async (result: RowResult, more: { name?: string; content?: string } = {}) => {
    if (result.state !== 'gone') counts[result.state]++
    progress.tick(counts)
    if (result.state === 'done' || result.state === 'failed') results.write({ ...result, ...more })
    if (mgmt.options.output !== 'table' || result.state === 'failed' || result.message !== undefined)
      await mgmt.printLine(result, importer.render)
  }
  try {
    await inParallel(readyRows(source, importer), options.concurrency, async ready => {
      mgmt.signal.throwIfAborted()
      if ('problems' in ready) return tell(changedMeanwhile(ready, source.importId))
      const { row, known, body } = ready
      const key = `${source.importId}:${byNumber ? row : known.name}`
      const done = isIn(ready)
      const more = {
        ...(byNumber && { name: known.name }),
        ...(known.name.startsWith('id-') && { content: known.content }),
      }
      if (done) {
        if (byNumber && !past.done.has(known.name)) results.write({ ...done, row, state: 'done', name: known.name }) // from now on by its content
        return tell(skipped(row, done, known, key))
      }
      await tell(
        await counted(counts, () => sendRow(mgmt, importer, { row, body, key, refused: past.refusedKeys })),
        more,
      )
    })
    for (const one of gone)
      await tell({ row: one.row, state: 'gone', ...(one.id !== undefined && { id: one.id }), key: one.key })
  } catch (error) {
    throw interrupted(error, truth(), source)
  } finally {
    unregister()
    progress.end()
    results.close()
  }
  report(mgmt, source, counts, gone, noun)
}

interface Counts {
  done: number
  failed: number
  skipped: number
  /** Sent, and not answered. */
  open: number
}

/** Sends a row, and counts it for as long as nobody knows what became of it. */
async function counted(counts: Counts, send: () => Promise<RowResult>): Promise<RowResult> {
  counts.open++
  try {
    const result = await send()
    counts.open--
    return result
  } catch (error) {
    if (error instanceof Failure && error.status === exit.notAllowed) counts.open--
    throw error
  }
}

const countOf = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** What was done, what was not, and what nobody knows, of an import that did not come to its end. */
function truthOf({ done, failed, skipped, open }: Counts, rows: number, noun: string): string {
  const left = rows - done - failed - skipped - open
  return [
    `${done} ${noun}s are in, ${skipped} were in before, ${failed} failed;`,
    ...(open > 0 ? [`of ${open} that were under way it is not known;`] : []),
    `${left} were not sent.`,
  ].join(' ')
}

const goOn = ({ given, resultsFile }: Source) =>
  `Repeat the command${given === '-' ? ' with the same input' : ''}: it goes on where it was, and creates nothing twice${resultsFile === undefined ? ' (within a day, as no results are kept: --results FILE)' : ''}.`

function report(mgmt: Mgmt, source: Source, counts: Counts, gone: readonly Done[], noun: string): void {
  const id = source.importId
  mgmt.note(
    `${counts.done} ${noun}s are in, ${counts.skipped} were in before, ${counts.failed} failed; import id ${id}`,
  )
  if (gone.length > 0) {
    const named = gone
      .slice(0, shownProblems)
      .map(({ row, id: created }) => `row ${row}${created === undefined ? '' : ` (${created})`}`)
    mgmt.note(
      `  ${countOf(gone.length, 'row')} that ${gone.length === 1 ? 'was' : 'were'} imported before ${gone.length === 1 ? 'is' : 'are'} no longer in the file, and left alone: ${named.join(', ')}${gone.length > named.length ? ', …' : ''}`,
    )
  }
  if (counts.failed === 0) return
  mgmt.note(
    `  repeat the same command to try the failed ones again; when you mend them in the file, add --import-id ${id}: rows that are in are known by what they say, and not sent twice`,
  )
  mgmt.exitWith(exit.failed)
}

/** The file itself, or what comes by stdin or a pipe in a file of its own. */
async function sourceOf(mgmt: Mgmt, given: string, { format, results, importId }: ImportOptions): Promise<Source> {
  if (importId !== undefined && !/^[\x21-\x7e]{1,200}$/.test(importId))
    throw usage(
      '--import-id must be 1 to 200 letters, digits or signs, without spaces',
      'give the one that the import told',
    )
  const isFile = given !== '-' && statSync(given, { throwIfNoEntry: false })?.isFile() === true
  const hash = createHash('sha256')
  async function* hashed() {
    for await (const piece of bytesOf(given, mostOfAFile, mgmt)) {
      hash.update(piece)
      yield piece
    }
  }
  const file = isFile ? given : join(folderOfOurs(), 'input')
  if (isFile) for await (const _ of hashed());
  else await kept(hashed(), file)
  mgmt.signal.throwIfAborted()
  const digest = hash.digest('hex').slice(0, 32)
  const resultsFile = results ?? (isFile ? `${given}.results.jsonl` : undefined)
  if (isFile && resultsFile !== undefined && isSame(given, resultsFile))
    throw usage('The results would be written into the file that is imported.', 'name another file with --results FILE')
  return {
    given,
    file,
    format: format ?? formatOf(isFile ? given : '', await firstLetterOf(file)),
    importId: importId ?? digest,
    isUnchanged: importId === undefined || importId === digest,
    resultsFile,
  }
}

function folderOfOurs(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-import-'))
  beforeEnding(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Until it is certain that it will be refused: what is no text may have no end. */
async function* readable(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = textReader()
  for await (const piece of pieces) {
    yield piece
    try {
      reader.push(piece)
    } catch {
      return // said of its row, when the rows are read
    }
  }
}

async function kept(pieces: AsyncIterable<Buffer>, file: string): Promise<void> {
  try {
    await pipeline(readable(pieces), createWriteStream(file, { mode: 0o600 }))
  } catch (error) {
    if (error instanceof Failure || (error as NodeJS.ErrnoException).code === undefined) throw error
    throw new Failure(`The input cannot be kept in ${tmpdir()}: ${error instanceof Error ? error.message : error}.`, {
      code: 'no_room',
      cause: error,
      next: 'give it as a file, or say with TMPDIR where there is room',
    })
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map(file => statSync(file, { throwIfNoEntry: false, bigint: true }))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

interface CheckedFile {
  rows: number
  /** How many are the same as one before. */
  alike: number
  /** Rows that are in, but no longer in the file. */
  gone: Done[]
  /** How many are in by the import before this one. */
  inByOther: number
}

async function checkAll(source: Source, importer: Importer, past: Past, isUnique: boolean): Promise<CheckedFile> {
  const { noun } = importer.columns
  const problems: Problem[] = []
  const gone = new Map(past.done)
  let [rows, wrong, alike, inByOther] = [0, 0, 0, 0]
  for await (const ready of readyRows(source, importer)) {
    if (++rows > mostRows)
      throw usage(`The file has more than ${mostRows.toLocaleString('en')} rows. Nothing was sent.`, 'split it')
    let found = 'problems' in ready ? ready.problems : []
    if ('known' in ready) {
      gone.delete(ready.known.name)
      if (past.other?.done.has(ready.known.name)) inByOther++
      const { likeRow, name } = ready.known
      if (likeRow !== undefined) {
        alike++
        if (name.startsWith('id-')) found = [{ path: 'id', message: `is that of row ${likeRow} too` }]
        else if (isUnique) found = [{ path: '', message: `is the same as row ${likeRow}` }]
      }
    }
    if (found.length > 0) wrong++
    for (const { path, message } of found)
      if (problems.length < shownProblems) problems.push({ path: `row ${ready.row}${path && ` ${path}`}`, message })
  }
  if (rows === 0)
    throw usage(
      `There are no ${noun}s in it.`,
      source.format === 'csv'
        ? `the first line of a CSV file has the names of its columns: ${importer.columns.names.join(', ')}`
        : 'a JSONL file has an object on each line',
    )
  if (wrong > 0) {
    throw new Failure(`${wrong} of ${rows} rows are wrong. Nothing was sent.`, {
      status: exit.usage,
      code: 'invalid_rows',
      errors: problems,
      next: 'mend these rows, then repeat the command',
    })
  }
  return { rows, alike, gone: [...gone.values()], inByOther }
}

async function* readyRows({ file, format }: Source, importer: Importer): AsyncGenerator<Ready> {
  const knows = recognizer()
  for await (const row of rowsOf(file, format, importer.columns)) {
    const checked = importer.check(row)
    yield 'problems' in checked
      ? { row: row.row, problems: checked.problems }
      : { row: row.row, body: checked.body, known: knows(row.row, checked.body, checked.id) }
  }
}

/**
 * Whether this import was begun by the release before, which knew rows by their number. That is as good as the content
 * while the file is the same; otherwise only for rows of which the content was written down since.
 */
function goesByNumber({ importId, isUnchanged }: Source, past: Past): boolean {
  if (isUnchanged) return past.numbered.size > 0 || !past.isOfThisRelease
  if (past.numbered.size === 0 || past.numbersAreNamed) return false
  throw new Failure(
    `Import ${importId} was begun by the release before, which knew rows by their numbers: which rows of this file are in cannot be told. Nothing was sent.`,
    {
      status: exit.usage,
      code: 'import_by_number',
      next: 'repeat the import with the file as it was, then with the mended one; or leave out the rows that are in (see the results) and give a new --import-id',
    },
  )
}

/** Throws for a file that was mended in the middle of its import: without its import id, all of it would come again. */
function expectMeant(
  { given, importId }: Source,
  { other }: Past,
  { inByOther }: CheckedFile,
  options: ImportOptions,
  mgmt: Mgmt,
): void {
  if (!other || inByOther === 0 || options.importId !== undefined) return
  const like = `${inByOther} of its rows are in by import ${other.id}`
  if (other.done.size >= other.rows)
    return mgmt.note(
      `${like}, which was finished: this is a new import, with ${inByOther === 1 ? 'that' : 'those'} again`,
    )
  throw new Failure(
    `${given} is another than the one that was imported before and not finished: ${like}. Nothing was sent.`,
    {
      status: exit.usage,
      code: 'import_not_finished',
      next: `to go on with that one: --import-id ${other.id}; to create all that is in this file: --import-id ${importId}`,
    },
  )
}

function changedMeanwhile({ row, problems }: Ready & { problems: Problem[] }, importId: string): RowResult {
  const message = problems.map(one => `${one.path} ${one.message}`.trim()).join('; ')
  return { row, state: 'failed', key: `${importId}:${row}`, code: 'invalid_row', message }
}

function skipped(row: number, done: Done, { content }: Known, key: string): RowResult {
  const isOther = done.content !== undefined && done.content !== content
  return {
    row,
    state: 'skipped',
    ...(done.id !== undefined && { id: done.id }),
    ...(isOther && { message: 'is in with other values, and left as it is' }),
    key,
  }
}

const attempts = 6
const mostRefusals = 1_000

interface Sending {
  row: number
  body: Record<string, unknown>
  key: string
  /** Keys under which it was refused, by the results. */
  refused: ReadonlySet<string>
}

/**
 * Sends until there is an answer, always under the same key. What the service refuses is the row's result; what keeps
 * all rows is thrown. A refusal that the service only repeats is an old one: what it was for may be mended, so that the
 * row is tried again, under the next key. It is the same one in every run, as each begins with the first.
 */
async function sendRow(
  mgmt: Mgmt,
  { send }: Importer,
  { row, body, key: first, refused }: Sending,
): Promise<RowResult> {
  for (let [attempt, time] = [1, 1]; ;) {
    const key = time === 1 ? first : `${first}~${time}`
    try {
      return { row, state: 'done', id: await send(body, key), key }
    } catch (error) {
      mgmt.signal.throwIfAborted()
      if (!(error instanceof Failure) || error.status === exit.notAllowed) throw error
      const wasRefused = error.isReplay || (error.code === 'idempotency_key_reused' && refused.has(key))
      if (wasRefused && time < mostRefusals) time++
      else if (!isPassing(error))
        return {
          row,
          state: 'failed',
          key,
          code: error.code,
          message: [error.message, ...error.errors.map(one => `${one.path}: ${one.message}`)].join(' '),
        }
      else if (attempt++ === attempts) throw error
      else await pause(200 * 2 ** attempt, undefined, { signal: mgmt.signal }).catch(() => mgmt.signal.throwIfAborted())
    }
  }
}

const isPassing = ({ status, code }: Failure) =>
  status === exit.unreachable || code === 'http_429' || code === 'too_many_requests'

function interrupted(error: unknown, truth: string, source: Source): unknown {
  if (!(error instanceof Failure)) return error
  const next = error.status === exit.notAllowed || error.code === 'results_lost' ? error.next : undefined
  return new Failure(`${asSentence(error.message)} ${truth}`, {
    status: error.status,
    code: error.code,
    cause: error,
    next: [next, goOn(source)]
      .filter(one => one !== undefined)
      .join('; then: ')
      .replace(/\.$/, '')
      .replace(/^R/, 'r'),
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
    tick({ done, failed, skipped }: Counts): void {
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
