import { createHash } from 'node:crypto'
import type { Database, Tx } from './database.ts'
import { HttpError, invalid } from './problem.ts'
import type { Answer, User } from './route.ts'

/** What identifies a request that may come twice. */
export interface KeyedRequest {
  /** Whose key on which endpoint: `<user id or 'anyone'> <METHOD> <path template>`. */
  scope: string
  key: string
  /** SHA-256 of the path and the body: another one under the same key is a mistake of the client. */
  fingerprint: string
}

const printable = /^[\x20-\x7e]{1,255}$/

/** The Idempotency-Key of a request, if it has one. Throws a 422 for one that is not 1 to 255 printable ASCII characters. */
export function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && printable.test(header)) return header
  throw invalid([{ path: 'idempotency-key', message: 'Must be 1 to 255 printable ASCII characters' }])
}

export const scopeOf = (user: User | undefined, method: string, template: string) =>
  `${user?.id ?? 'anyone'} ${method.toUpperCase()} ${template}`

/** SHA-256 of the actual path and the body, whatever the order of its names and its spaces. */
export const fingerprintOf = (path: string, body: unknown) =>
  createHash('sha256').update(path).update('\n').update(canonical(body)).digest('hex')

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  const fields = value as Record<string, unknown>
  return `{${Object.keys(fields).sort().map(name => `${JSON.stringify(name)}:${canonical(fields[name])}`).join(',')}}`
}

/** An answer that must not be kept under the key. Thrown, so that the claim of the key is rolled back with the rest. */
export class NotKept extends Error {
  override name = 'NotKept'
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`an answer of status ${answer.status} is not kept`)
    this.answer = answer
  }
}

/** 5xx and 429 go away by themselves: a retry with the same key must get another chance. */
const isPassing = ({ status }: Answer) => status >= 500 || status === 429

/**
 * Does the work for the first request with this key, and keeps its answer in the same transaction; gives every later one that answer.
 * Cookies are not kept: they hold tokens. Throws NotKept for an answer that must not be kept.
 */
export async function once(db: Database, tx: Tx, { scope, key, fingerprint }: KeyedRequest, work: () => Promise<Answer>): Promise<Answer> {
  const first = await db.claimKey(tx, scope, key, fingerprint)
  if (first) {
    if (first.fingerprint !== fingerprint) {
      throw new HttpError(422, 'idempotency_key_reused', 'This Idempotency-Key came before with another request. Use a new one.')
    }
    const headers = { ...first.headers, 'idempotency-replayed': 'true' }
    return { status: first.status, headers, body: first.body ?? undefined }
  }
  const answer = await work()
  if (isPassing(answer) || answer.stream) throw new NotKept(answer)
  const { status, headers = {}, body } = answer
  await db.keepAnswer(tx, scope, key, { fingerprint, status, headers, body })
  return answer
}
