import { exit, Failure, usage } from '../failure.ts'
import type { Body } from '../client/generated/requests.ts'
import type { Mgmt } from '../mgmt.ts'
import { recognizer, type Known } from './identity.ts'
import type { Importer } from './importer.ts'
import type { ImportOptions } from './options.ts'
import type { Done, Past } from './results.ts'
import { rowsOf } from './rows.ts'
import type { Problem } from './shapes.ts'
import type { Source } from './source.ts'

// What is found out before the first row is sent: whether all are right, which are in, and what is meant.

/** A row as it is sent: checked, and known by its content or its `id`. */
export type Ready<Sent extends Body = Body> = { row: number } & ({ body: Sent; known: Known } | { problems: Problem[] })

const mostRows = 1_000_000
const shownProblems = 20

export interface CheckedFile {
  rows: number
  /** How many are the same as one before. */
  alike: number
  /** Rows that are in, but no longer in the file. */
  gone: Done[]
  /** How many are in by the import before this one. */
  inByOther: number
}

export async function checkAll<Sent extends Body>(
  source: Source,
  importer: Importer<Sent>,
  past: Past,
  isUnique: boolean,
): Promise<CheckedFile> {
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

export async function* readyRows<Sent extends Body>(
  { file, format }: Source,
  importer: Importer<Sent>,
): AsyncGenerator<Ready<Sent>> {
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
export function goesByNumber({ importId, isUnchanged }: Source, past: Past): boolean {
  if (isUnchanged) return past.numbered.size > 0 || !past.isOfThisRelease
  if (past.numbered.size === 0 || past.numbersAreNamed) return false
  throw new Failure(
    [
      `Import ${importId} was begun by the release before, which knew rows by their numbers:`,
      'which rows of this file are in cannot be told. Nothing was sent.',
    ].join(' '),
    {
      status: exit.usage,
      code: 'import_by_number',
      next: [
        'repeat the import with the file as it was, then with the mended one;',
        'or leave out the rows that are in (see the results) and give a new --import-id',
      ].join(' '),
    },
  )
}

/** Throws for a file that was mended in the middle of its import: without its import id, all of it would come again. */
export function expectMeant(
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
