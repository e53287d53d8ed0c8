import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { derivedSecret, type SigningKey } from './keys.ts'

// A refresh token is `<session>.<secret>.<mark>`. The mark proves that a token belongs to its session. The secret of a
// successor is derived from the previous token with a key of its own, so the previous token yields it again whatever
// happens to the signing keys. The database alone yields no token: it holds hashes.

const form = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.([\w-]{43})\.([\w-]{43})$/

interface TokenKeys {
  id: string
  markKey: string
}

export const newKey = () => randomBytes(32).toString('base64url')

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url')

const marked = ({ id, markKey }: TokenKeys, secret: string) => `${id}.${secret}.${hmac(markKey, `${id}.${secret}`)}`

export const firstToken = (session: TokenKeys) => marked(session, newKey())

export const successorOf = (token: string, session: TokenKeys, successorKey: string) =>
  marked(session, hmac(successorKey, token))

/** The session that a token names; undefined for one of the release before, which named none. */
export const sessionIn = (token: string): string | undefined => form.exec(token)?.[1]

export function isMarked(token: string, { id, markKey }: { id: string; markKey: string | null }): boolean {
  const [, named, secret, mark] = form.exec(token) ?? []
  if (named !== id || mark === undefined || markKey === null) return false
  return timingSafeEqual(Buffer.from(mark), Buffer.from(hmac(markKey, `${named}.${secret}`)))
}

/** Only the hash is stored, so that reading the database is not enough to log in. */
export const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/**
 * The successor as the previous release derived it, with any key that may have been first then: it may have answered
 * the request whose response was lost. To be removed in the release after 0.2.0.
 */
export const successorBefore = (token: string, keys: readonly SigningKey[], refreshHash: string): string | undefined =>
  keys
    .map(key => hmac(derivedSecret([key], 'refresh tokens'), token))
    .find(successor => hashOf(successor) === refreshHash)
