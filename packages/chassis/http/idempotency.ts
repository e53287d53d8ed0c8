import { createHash } from 'node:crypto'
import type { Database, KeyedRequest, StoredAnswer, Tx } from '../database/database.ts'
import { HttpError, invalid } from './errors.ts'
import type { Answer, User } from './route.ts'

const printable = /^[\x20-\x7e]{1,255}$/

/**
 * The Idempotency-Key of a request, if it has one. Throws a 422 for one that is not 1 to 255 printable ASCII
 * characters.
 */
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
  return `{${Object.keys(fields)
    .sort()
    .map(name => `${JSON.stringify(name)}:${canonical(fields[name])}`)
    .join(',')}}`
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

/** 5xx and 429 are transient: a retry with the same key must get another chance. */
const isPassing = ({ status }: Answer) => status >= 500 || status === 429

/** One name for a key of a scope, to tell it from all others. */
export const nameOf = ({ scope, key }: Pick<KeyedRequest, 'scope' | 'key'>) => `${scope}\n${key}`

/** Requests of one transaction; no two of them with the same key. */
export interface Keyed {
  /** Undefined: it brought no key, or its route sees to that itself. */
  keyed: KeyedRequest | undefined
}

/**
 * Does the work for those that come for the first time, and keeps their answers in the same transaction; a later one
 * gets the first answer. `work` gives an answer for each of those it is handed, in their order. Cookies are not kept:
 * they hold tokens. Throws NotKept for an answer that must not be kept.
 */
export async function handleOnce<R extends Keyed>(
  db: Database,
  tx: Tx,
  requests: readonly R[],
  work: (fresh: readonly R[]) => Promise<Answer[]>,
): Promise<Answer[]> {
  const withKey = requests.filter(hasKey)
  if (withKey.length === 0) return work(requests)
  const stored = await db.claimKeys(
    tx,
    withKey.map(({ keyed }) => keyed),
  )
  const answers = new Map<R, Answer>()
  withKey.forEach((request, at) => {
    const first = stored[at]
    if (first) answers.set(request, again(first, request.keyed))
  })
  const fresh = requests.filter(request => !answers.has(request))
  const made = fresh.length > 0 ? await work(fresh) : []
  await db.keepAnswers(
    tx,
    fresh.flatMap((request, at) => (hasKey(request) ? [kept(request.keyed, answerAt(made, at))] : [])),
  )
  fresh.forEach((request, at) => answers.set(request, answerAt(made, at)))
  return requests.map(request => answers.get(request) as Answer) // each has one by now
}

const hasKey = <R extends Keyed>(request: R): request is R & { keyed: KeyedRequest } => request.keyed !== undefined

function answerAt(answers: readonly Answer[], at: number): Answer {
  const answer = answers[at]
  if (!answer) throw new Error('a handler gave fewer answers than there were requests')
  return answer
}

function again(first: StoredAnswer, { fingerprint }: KeyedRequest): Answer {
  if (first.fingerprint !== fingerprint) {
    throw new HttpError(
      422,
      'idempotency_key_reused',
      'This Idempotency-Key came before with another request. Use a new one.',
    )
  }
  const headers = { ...first.headers, 'idempotency-replayed': 'true' }
  return { status: first.status, headers, body: first.body ?? undefined }
}

function kept({ scope, key }: KeyedRequest, answer: Answer) {
  if (isPassing(answer) || answer.stream) throw new NotKept(answer)
  const { status, headers = {}, body } = answer
  return { scope, key, status, headers, body }
}
