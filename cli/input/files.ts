import { isUtf8 } from 'node:buffer'
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { messageOf } from '@docket/foundation/errors.ts'
import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { Failure, usage } from '../failure.ts'
import { silentMs } from '../waiting.ts'

// Every file that mgmt reads is read here, because input is not always a file, not always text, and not always finite.

export interface Kind {
  what: string
  mostBytes: number
}

/** Waiting for another program: the user is told after three seconds, and may give up. */
export interface Waiting {
  signal: AbortSignal
  note(text: string): void
}

const kibi = 1_024
/** Passwords, JSON in a flag and mgmt's own files are small, so anything larger is a mistake. */
export const smallFile = (what: string): Kind => ({ what, mostBytes: 1_024 * kibi })

export const asUtf8 = 'save it as UTF-8; in Excel: Save As, "CSV UTF-8 (Comma delimited)"'

export class NotText extends Error {
  override name = 'NotText'
  readonly before: string

  constructor(why: string, before: string) {
    super(why)
    this.before = before
  }
}

/**
 * Decodes text piece by piece: UTF-8, or UTF-16 if it begins with a byte order mark. Throws NotText for anything else,
 * so that no character is silently replaced by U+FFFD.
 */
export function textReader() {
  let [rest, hasBegun] = [Buffer.alloc(0), false]
  let utf16: InstanceType<typeof TextDecoder> | undefined

  function begun(bytes: Buffer): Buffer {
    if (bytes.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004')
      throw new NotText('is an Excel workbook or another archive, not text', '')
    const mark = bytes.subarray(0, 2).toString('hex')
    if (mark === 'fffe' || mark === 'feff')
      utf16 = new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be', { fatal: true })
    return bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? bytes.subarray(3) : bytes
  }

  function decoded(bytes: Buffer, isLast: boolean): string {
    if (utf16) {
      try {
        return utf16.decode(bytes, { stream: !isLast })
      } catch {
        throw new NotText('is not the UTF-16 that its first bytes promise', '')
      }
    }
    const whole = isLast ? bytes : bytes.subarray(0, endOfLetters(bytes))
    rest = Buffer.from(bytes.subarray(whole.length))
    if (!isUtf8(whole)) throw new NotText('is not UTF-8', readablePartOf(whole))
    return whole.toString()
  }

  function push(piece: Buffer, isLast: boolean): string {
    let bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece
    rest = Buffer.alloc(0)
    if (!hasBegun) {
      if (bytes.length < 4 && !isLast) {
        rest = Buffer.from(bytes)
        return ''
      }
      hasBegun = true
      bytes = begun(bytes)
    }
    const text = decoded(bytes, isLast)
    const nul = text.indexOf('\0')
    if (nul >= 0) throw new NotText('has a NUL byte, which no text has', text.slice(0, nul))
    return text
  }
  return { push: (piece: Buffer) => push(piece, false), end: () => push(Buffer.alloc(0), true) }
}

/** A piece may end within a character. */
function endOfLetters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? bytes.length - back : bytes.length
    if (byte < 0x80) break
  }
  return bytes.length
}

function readablePartOf(bytes: Buffer): string {
  let [good, bad] = [0, bytes.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    const part = bytes.subarray(0, middle)
    if (isUtf8(part.subarray(0, endOfLetters(part)))) good = middle
    else bad = middle
  }
  const part = bytes.subarray(0, good)
  return part.subarray(0, endOfLetters(part)).toString()
}

/** Opening a pipe must not wait for a writer, who may never come. */
function opened(path: string, what: string): { fd: number; stats: Stats } {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw unreadable(path, what, error)
  }
  const stats = fstatSync(fd)
  const wrong = stats.isDirectory() ? 'is a folder' : stats.isFile() || stats.isFIFO() ? undefined : 'is a device'
  if (wrong === undefined) return { fd, stats }
  closeSync(fd)
  throw new Failure(`${what[0]?.toUpperCase()}${what.slice(1)} ${path} ${wrong}, not a file.`, {
    status: 2,
    code: 'no_file',
    next: 'give a file',
  })
}

function unreadable(path: string, what: string, cause: unknown): Failure {
  const code = (cause as NodeJS.ErrnoException).code
  const why =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? `There is no file ${path}.`
      : `${what[0]?.toUpperCase()}${what.slice(1)} ${path} cannot be read: ${code === 'EACCES' ? 'you may not read it' : messageOf(cause)}.`
  return new Failure(why, { status: 2, code: 'no_file', cause, next: 'name a file that is there' })
}

const tooLarge = (path: string, { what, mostBytes }: Kind) =>
  usage(
    `${what[0]?.toUpperCase()}${what.slice(1)} ${path} is larger than ${mostBytes / kibi >= kibi ? `${mostBytes / kibi / kibi} MiB` : `${mostBytes / kibi} KiB`}.`,
    'see whether it is the right file; one that is, split it',
  )

function whole(path: string, { what }: Kind, pieces: readonly Buffer[]): string {
  const reader = textReader()
  let text = ''
  try {
    for (const piece of pieces) text += reader.push(piece)
    return text + reader.end()
  } catch (error) {
    if (!(error instanceof NotText)) throw error
    const line = (text + error.before).split('\n').length
    throw usage(
      `${what[0]?.toUpperCase()}${what.slice(1)} ${path} ${error.message}${line > 1 ? `, in line ${line}` : ''}.`,
      asUtf8,
    )
  }
}

/** For regular files only, because reading a pipe synchronously would block. */
export function readTextSync(path: string, kind: Kind): string {
  const { fd, stats } = opened(path, kind.what)
  try {
    if (!stats.isFile()) throw usage(`${path} is a pipe, not a file.`)
    if (stats.size > kind.mostBytes) throw tooLarge(path, kind)
    const pieces: Buffer[] = []
    for (let size = 0; ;) {
      const piece = Buffer.alloc(Math.min(kind.mostBytes + 1, stats.size || 64 * kibi)) // files in /proc report size 0
      const read = readSync(fd, piece)
      if (read === 0) return whole(path, kind, pieces)
      if ((size += read) > kind.mostBytes) throw tooLarge(path, kind)
      pieces.push(piece.subarray(0, read))
    }
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(path, kind.what, error)
  } finally {
    closeSync(fd)
  }
}

/** Accepts a pipe such as <(pass show docket), and - for stdin; the size is limited, because a pipe may be endless. */
export async function readText(path: string, kind: Kind, waiting: Waiting): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of bytesOf(path, kind, waiting)) pieces.push(piece)
  return whole(path === '-' ? 'stdin' : path, kind, pieces)
}

/** The size is limited, because a pipe may be endless. */
export async function* bytesOf(path: string, kind: Kind, waiting: Waiting): AsyncGenerator<Buffer> {
  let size = 0
  for await (const piece of path === '-' ? fromStdin(waiting) : fromFile(path, kind, waiting)) {
    if ((size += piece.length) > kind.mostBytes) throw tooLarge(path === '-' ? 'stdin' : path, kind)
    yield piece
  }
}

/** A pipe without a writer yet looks like one that has ended. */
const writerWithinMs = 1_000
const againMs = 20

async function* fromStdin({ signal, note }: Waiting): AsyncGenerator<Buffer> {
  const timer = setTimeout(() => note('waiting for stdin'), silentMs)
  const giveUp = () => process.stdin.destroy(signal.reason as Error)
  signal.addEventListener('abort', giveUp)
  try {
    for await (const piece of process.stdin) {
      clearTimeout(timer)
      yield piece as Buffer
    }
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable('stdin', 'what comes on', error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  }
  signal.throwIfAborted()
}

async function* fromFile(path: string, kind: Kind, { signal, note }: Waiting): AsyncGenerator<Buffer> {
  const { fd, stats } = opened(path, kind.what)
  if (stats.isFile()) {
    if (stats.size > kind.mostBytes) {
      closeSync(fd)
      throw tooLarge(path, kind)
    }
    try {
      for await (const piece of createReadStream(path, { fd, signal })) yield piece as Buffer
    } catch (error) {
      signal.throwIfAborted()
      throw unreadable(path, kind.what, error)
    }
    return
  }
  const began = Date.now()
  let [quietSince, isBegun] = [began, false]
  const buffer = Buffer.alloc(64 * kibi)
  try {
    for (;;) {
      signal.throwIfAborted()
      const read = readOrWait(fd, buffer)
      if (read === 0 && (isBegun || Date.now() - began > writerWithinMs)) return
      if (read > 0) {
        isBegun = true
        yield Buffer.from(buffer.subarray(0, read))
        continue
      }
      if (Date.now() - quietSince > silentMs) {
        note(`waiting for ${path}`)
        quietSince = Infinity
      }
      await pauseOrAbort(againMs, signal)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof Failure ? error : unreadable(path, kind.what, error)
  } finally {
    closeSync(fd)
  }
}

/** How many bytes were there; -1: none yet. */
function readOrWait(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return -1
    throw error
  }
}

/** Checks the text again, because the file may have changed. Throws NotText after the last readable part. */
export async function* textOf(file: string, most?: AbortSignal): AsyncGenerator<string> {
  const reader = textReader()
  try {
    for await (const piece of createReadStream(file, { ...(most && { signal: most }) }))
      yield reader.push(piece as Buffer)
    yield reader.end()
  } catch (error) {
    if (error instanceof NotText) yield error.before
    throw error
  }
}
