import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { parse as parseQuery } from 'node:querystring'
import type { z } from 'zod'
import { messageOf } from '@docket/foundation/errors.ts'
import { HttpError, invalid, type FieldError } from './errors.ts'

const largestBody = 256 * 1024 // bytes
const deepest = 20 // levels of arrays and objects
const mostErrors = 50 // that one answer lists

export interface RawBody {
  /** Bytes. */
  atMost?: number
  /** Throws to refuse a body before anything of it is parsed. */
  inspect?(bytes: Buffer): void
}

/** The JSON value of the body; undefined when the request has none. Throws HttpError for everything else. */
export async function readJson(
  req: IncomingMessage,
  { atMost = largestBody, inspect }: RawBody = {},
): Promise<unknown> {
  const { 'content-length': length, 'transfer-encoding': chunked } = req.headers
  const isEmpty = chunked === undefined && (length === undefined || length === '0')
  if (!isEmpty) refuseOtherTypes(req)
  if (Number(length) > atMost) throw tooLarge(req, atMost)
  const bytes = isEmpty ? Buffer.alloc(0) : await readAll(req, atMost)
  inspect?.(bytes)
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw notJson('The body is not UTF-8.')
  const value = parseJson(bytes.toString())
  const trap = findTrap(value, 1)
  if (trap) throw invalid([{ path: trap.path.toReversed().join('.') || 'body', message: trap.message }])
  return value
}

function refuseOtherTypes(req: IncomingMessage): void {
  const type = req.headers['content-type']
  const encoding = req.headers['content-encoding']
  if (type !== 'application/json' && !/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type ?? '')) {
    throw new HttpError(415, 'unsupported_media_type', 'The body must be application/json in UTF-8.')
  }
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HttpError(415, 'unsupported_media_type', 'The body must not be compressed.')
  }
}

function tooLarge(req: IncomingMessage, atMost: number): HttpError {
  req.resume() // the rest must be read, or the client never gets to the answer; requestTimeout limits how long
  return new HttpError(413, 'too_large', `The body is larger than ${atMost / 1024} KiB.`)
}

const notJson = (detail: string) => new HttpError(400, 'not_json', detail)

function readAll(req: IncomingMessage, atMost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > atMost) {
        req.off('data', onData)
        reject(tooLarge(req, atMost))
      } else chunks.push(chunk)
    }
    req.on('data', onData)
    req.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)))
    req.once('error', error => reject(new HttpError(400, 'not_json', 'The body ended early.', { cause: error })))
    req.once('close', () => {
      if (!req.complete) reject(notJson('The body ended early.'))
    })
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const where = positionIn(messageOf(error))
    throw new HttpError(400, 'not_json', `The body is not JSON: ${where}`, { cause: error })
  }
}

/** V8 quotes the text, which may hold a password; the position is enough. */
const positionIn = (message: string) =>
  /position \d+/.exec(message)?.[0] ?? 'it ends too early or has a wrong character'

interface Trap {
  path: (string | number)[]
  message: string
}

function findTrap(value: unknown, depth: number): Trap | undefined {
  if (typeof value === 'string') return trapInText(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : { path: [], message: 'The number is too large' } // 1e400
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > deepest) return { path: [], message: `Nested deeper than ${deepest} levels` }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const trap = findTrap(value[i], depth + 1)
      if (trap) return within(i, trap)
    }
    return undefined
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return { path: [], message: 'The name __proto__ is not allowed' }
    const inKey = trapInText(key)
    if (inKey) return { path: [], message: `${inKey.message}, in a name` }
    const trap = findTrap((value as Record<string, unknown>)[key], depth + 1)
    if (trap) return within(key, trap)
  }
  return undefined
}

function within(key: string | number, trap: Trap): Trap {
  trap.path.push(key)
  return trap
}

function trapInText(text: string): Trap | undefined {
  if (text.includes('\0')) return { path: [], message: 'A NUL character is not allowed' } // PostgreSQL: 22021
  // becomes U+FFFD silently
  if (!text.isWellFormed()) return { path: [], message: 'Half of a surrogate pair is not a character' }
  return undefined
}

type Values = Record<string, string | string[] | undefined>

const noValues: Values = Object.freeze(Object.create(null) as Values)

/** The query of a URL by name. A name that occurs twice yields an array, which no schema for a single value accepts. */
export function readQuery(url: string): Values {
  const mark = url.indexOf('?')
  if (mark < 0 || mark === url.length - 1) return noValues
  const text = url.slice(mark + 1)
  if (text.includes('%') && !isDecodable(text))
    throw invalid([{ path: 'query', message: 'Not valid percent-encoded UTF-8' }])
  return withoutNul(parseQuery(text))
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false // decodeURIComponent throws URIError only
  }
}

/** PostgreSQL accepts no NUL in text, so it is refused in parameters of the path and the query. */
export function withoutNul<T extends Values>(values: T): T {
  for (const name in values) {
    const value = values[name]
    if (Array.isArray(value) ? value.some(one => one.includes('\0')) : value?.includes('\0')) {
      throw invalid([{ path: name.replaceAll('\0', ''), message: 'A NUL character is not allowed' }])
    }
  }
  return values
}

/** A filter that is ignored would answer with what nobody asked for. */
export function refuseUnknown(values: Values, known: ReadonlySet<string>): void {
  const unknown = Object.keys(values).filter(name => !known.has(name))
  if (unknown.length > 0)
    throw invalid(unknown.slice(0, mostErrors).map(path => ({ path, message: 'There is no such parameter' })))
}

/** What the schema makes of the value; throws a 422 that lists what is wrong. */
export function parsed(schema: z.ZodType, value: unknown, root: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(fieldErrors(result.error, root))
}

/** Parses the body by the schema. A missing body counts as {}, so that it is accepted where nothing is required. */
export function parsedBody(schema: z.ZodType, value: unknown): unknown {
  if (value !== undefined) return parsed(schema, value, 'body')
  for (const stand of [undefined, {}]) {
    const result = schema.safeParse(stand)
    if (result.success) return result.data
  }
  throw notJson('The request has no body; JSON is needed.')
}

function fieldErrors(error: z.ZodError, root: string): FieldError[] {
  return error.issues.slice(0, mostErrors).map(({ path, message }) => ({
    path: path.length > 0 ? path.map(String).join('.') : root,
    message: message.endsWith('received undefined') ? 'Required' : message,
  }))
}
