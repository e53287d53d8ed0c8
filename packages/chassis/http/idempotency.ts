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

/**
 * An answer that must not be kept under the key. It is thrown so that the claim of the key is rolled back with
 * everything else.
 */
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

export const nameOf = ({ scope, key }: Pick<KeyedRequest, 'scope' | 'key'>) => `${scope}\n${key}`

export type Outcome = { answer: Answer } | { error: unknown }

export function answerIn(outcome: Outcome): Answer {
  if ('error' in outcome) throw outcome.error
  return outcome.answer
}

export interface Keyed {
  /** Undefined when the request has no key, or its route handles idempotency itself. */
  keyed: KeyedRequest | undefined
}

/** Whether the keys are claimed before the work, or expected to be new: see `keepNewAnswers`. */
export type Keys = 'claimed' | 'new'

/**
 * Does the work for requests whose key is new, and keeps their answers in the same transaction. A request whose key was
 * used before, earlier or in this batch, gets the first answer, or an error if the request differs. `work` returns an
 * answer for each of the requests it is given, in order. Cookies are not kept, because they hold tokens. Throws NotKept
 * for an answer that must not be kept.
 */
export async function handleOnce<R extends Keyed>(
  db: Database,
  tx: Tx,
  requests: readonly R[],
  work: (fresh: readonly R[]) => Promise<Answer[]>,
  keys: Keys = 'claimed',
): Promise<Outcome[]> {
  const firstOf = new Map<string, R & { keyed: KeyedRequest }>()
  for (const request of requests.filter(hasKey)) {
    const name = nameOf(request.keyed)
    if (!firstOf.has(name)) firstOf.set(name, request)
  }
  if (firstOf.size === 0) return (await work(requests)).map(answer => ({ answer }))
  const all = [...firstOf.values()].map(({ keyed }) => keyed)
  const storedOf = keys === 'claimed' ? await db.claimKeys(tx, all) : new Map<string, StoredAnswer>()
  const isFresh = (request: R) => {
    if (!hasKey(request)) return true
    const name = nameOf(request.keyed)
    return firstOf.get(name) === request && !storedOf.has(name)
  }
  const fresh = requests.filter(isFresh)
  const made = fresh.length > 0 ? await work(fresh) : []
  const answers = fresh.flatMap((request, at) => (hasKey(request) ? [kept(request.keyed, answerAt(made, at))] : []))
  await (keys === 'claimed' ? db.keepAnswers(tx, answers) : db.keepNewAnswers(tx, answers))
  for (const answer of answers) storedOf.set(nameOf(answer), answer)
  const madeFor = new Map(fresh.map((request, at) => [request, answerAt(made, at)]))
  return requests.map(request => {
    const answer = madeFor.get(request)
    if (answer) return { answer }
    const { keyed } = request as R & { keyed: KeyedRequest } // without one it would be among the fresh
    return again(storedOf.get(nameOf(keyed)) as StoredAnswer, keyed) // stored just now by the first
  })
}

const hasKey = <R extends Keyed>(request: R): request is R & { keyed: KeyedRequest } => request.keyed !== undefined

function answerAt(answers: readonly Answer[], at: number): Answer {
  const answer = answers[at]
  if (!answer) throw new Error('a handler gave fewer answers than there were requests')
  return answer
}

function again(first: StoredAnswer, { fingerprint }: KeyedRequest): Outcome {
  if (first.fingerprint !== fingerprint) {
    const detail = 'This Idempotency-Key came before with another request. Use a new one.'
    return { error: new HttpError(422, 'idempotency_key_reused', detail) }
  }
  const headers = { ...first.headers, 'idempotency-replayed': 'true' }
  return { answer: { status: first.status, headers, body: first.body ?? undefined } }
}

function kept({ scope, key, fingerprint }: KeyedRequest, answer: Answer) {
  if (isPassing(answer) || answer.stream) throw new NotKept(answer)
  const { status, headers = {}, body } = answer
  return { scope, key, fingerprint, status, headers, body }
}
