import { createHash } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '@docket/foundation/errors.ts'
import { beforeEnding } from '../cleanup.ts'
import { Failure, usage } from '../failure.ts'
import { bytesOf, textReader } from '../input/files.ts'
import type { Mgmt } from '../mgmt.ts'
import type { ImportOptions } from './options.ts'
import { firstLetterOf, formatOf, type Format } from './rows.ts'

export interface Source {
  given: string
  /** stdin or a pipe is copied to a file, because it is read several times. */
  file: string
  format: Format
  /** The flag, or a hash of the content, so that the same file resumes its import. */
  importId: string
  isUnchanged: boolean
  resultsFile: string | undefined
}

const mostOfAFile = { what: 'the file', mostBytes: 256 * 1_024 * 1_024 }

export async function sourceOf(
  mgmt: Mgmt,
  given: string,
  { format, results, importId }: ImportOptions,
): Promise<Source> {
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

/** Stops once the text is certain to be refused, because input that is not text may have no end. */
async function* readable(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = textReader()
  for await (const piece of pieces) {
    yield piece
    try {
      reader.push(piece)
    } catch {
      return // reported for its row when the rows are read
    }
  }
}

async function kept(pieces: AsyncIterable<Buffer>, file: string): Promise<void> {
  try {
    await pipeline(readable(pieces), createWriteStream(file, { mode: 0o600 }))
  } catch (error) {
    if (error instanceof Failure || (error as NodeJS.ErrnoException).code === undefined) throw error
    throw new Failure(`The input cannot be kept in ${tmpdir()}: ${messageOf(error)}.`, {
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
