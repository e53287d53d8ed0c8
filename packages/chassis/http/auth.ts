import { createPublicKey, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { http, https } from './node-http.ts'
import { accessTokenSeconds, audience, issuer } from '@docket/foundation/access-token.ts'
import { NotLoggedIn, Unavailable } from './errors.ts'
import type { User } from './route.ts'
import { isRole } from '@docket/contract/terms.ts'

/** The public key with that id; undefined when there is none. Throws Unavailable while that cannot be known. */
export type KeySource = (kid: string) => Promise<KeyObject | undefined>

/** Who a token speaks for. Throws NotLoggedIn for a token that is not valid, Unavailable while it cannot be checked. */
export type Authenticator = (token: string) => Promise<User>

const longestToken = 4_096 // characters; ours have about 500
const mostVerified = 2_000 // tokens remembered: about 2 MB

interface Verified {
  user: User
  kid: string
  key: KeyObject
}

export interface AuthenticatorOptions {
  isRevoked?(user: User): boolean
  now?(): number
}

export function authenticator(
  keys: KeySource,
  { isRevoked = () => false, now = Date.now }: AuthenticatorOptions = {},
): Authenticator {
  const verified = new Map<string, Verified>() // checking a signature costs 0.1 ms
  const live = (user: User): User => {
    if (isRevoked(user)) throw new NotLoggedIn('The session has ended; log in again.')
    return user
  }
  return async token => {
    const known = verified.get(token)
    if (known) {
      // a revoked key must invalidate its tokens
      if (known.user.expiresAtMs > now() && (await keys(known.kid)) === known.key) return live(known.user)
      verified.delete(token)
    }
    const kid = kidOf(token)
    const key = await keys(kid)
    if (!key) throw new NotLoggedIn('The token is signed with an unknown key.')
    const user = verify(token, key, now())
    if (verified.size >= mostVerified) forgetOldest(verified)
    verified.set(token, { user, kid, key })
    return live(user)
  }
}

function forgetOldest(verified: Map<string, Verified>): void {
  for (const token of verified.keys()) {
    // a Map keeps insertion order, so the oldest come first
    verified.delete(token)
    return
  }
}

const wellFormedToken = /^[\w-]+\.[\w-]+\.[\w-]+$/
const wellFormedKid = /^[\x21-\x7e]{1,128}$/

/**
 * Reads the key id from the header. Nothing else in the header (alg, jwk, jku) is trusted; a token of another type, or
 * with critical extensions that we do not support, is refused.
 */
function kidOf(token: string): string {
  if (token.length > longestToken || !wellFormedToken.test(token)) throw new NotLoggedIn('The token is not valid.')
  const header = headerOf(token)
  const { kid, typ, crit } = (typeof header === 'object' && header !== null ? header : {}) as Record<string, unknown>
  // RFC 7515, 4.1.11; jsonwebtoken 9.0.3 checks neither
  const isAnother = (typ !== undefined && typ !== 'JWT') || crit !== undefined
  if (isAnother) throw new NotLoggedIn('The token is not valid.')
  if (typeof kid !== 'string' || !wellFormedKid.test(kid)) throw new NotLoggedIn('The token is not valid.')
  return kid
}

function headerOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString())
  } catch (error) {
    throw new NotLoggedIn('The token is not valid.', error)
  }
}

function verify(token: string, key: KeyObject, nowMs: number): User {
  let claims: unknown
  try {
    claims = jwt.verify(token, key, {
      algorithms: ['ES256'],
      issuer,
      audience,
      clockTimestamp: Math.floor(nowMs / 1_000),
    })
  } catch (error) {
    throw new NotLoggedIn(
      error instanceof jwt.TokenExpiredError ? 'The token has expired.' : 'The token is not valid.',
      error,
    )
  }
  const user = userOf(claims)
  if (!user) throw new NotLoggedIn('The token is not valid.')
  if (user.expiresAtMs <= nowMs) throw new NotLoggedIn('The token has expired.')
  return user
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

function userOf(claims: unknown): User | undefined {
  if (typeof claims !== 'object' || claims === null) return undefined
  const { sub, name, role, sid, rv = 0, iat, exp } = claims as Record<string, unknown>
  if (typeof exp !== 'number') return undefined // for jsonwebtoken 9.0.3, a token without exp never expires
  if (typeof iat !== 'number') return undefined
  if (typeof sub !== 'string' || !uuid.test(sub) || typeof sid !== 'string' || !uuid.test(sid)) return undefined
  if (typeof name !== 'string' || name.length === 0 || name.length > 256 || name.includes('\0')) return undefined
  if (!isRole(role)) return undefined
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv < 0) return undefined
  // revocations are remembered for one token lifetime only, and the previous release signed tokens for 15 minutes
  const expiresAtMs = Math.min(exp, iat + accessTokenSeconds) * 1_000
  return Object.freeze({ id: sub, username: name, role, sessionId: sid, rightsVersion: rv, expiresAtMs })
}

export interface RemoteKeysOptions {
  timeoutMs?: number
  everyMs?: number
  /** Known keys are looked up again after this time, so that a revoked key is noticed. */
  freshMs?: number
  now?(): number
}

export const largestJwks = 64 * 1024 // characters
const retryWithoutKeysMs = 1_000 // no token can be verified before the first response, so retry more often
export const unknownKidEveryMs = 5_000

/** Keys from a JWKS (RFC 7517) at a URL. They are cached, and stay valid while the URL cannot be reached. */
export function remoteKeys(jwksUrl: string, options: RemoteKeysOptions = {}): KeySource {
  const { timeoutMs = 2_000, everyMs = unknownKidEveryMs, freshMs = 300_000, now } = options
  return keptKeys(() => fetchKeys(jwksUrl, timeoutMs), { everyMs, freshMs, ...(now && { now }) })
}

type Keys = ReadonlyMap<string, KeyObject>

interface KeepingOptions {
  everyMs: number
  freshMs: number
  waits?: boolean
  initial?: Keys
  now?(): number
}

/**
 * Keys are refreshed from time to time. While that fails, the old ones stay valid, so that an outage of user-service
 * stops nobody.
 */
export function keptKeys(lookUp: () => Promise<Keys>, options: KeepingOptions): KeySource {
  const { everyMs, freshMs, waits = false, initial, now = () => performance.now() } = options
  let keys = initial
  let triedAt = initial ? now() : -Infinity
  let failure: unknown
  let lookingUp: Promise<void> | undefined

  const again = (): Promise<void> => {
    triedAt = now()
    return (lookingUp ??= lookUp()
      .then(
        found => {
          ;[keys, failure] = [found, undefined]
        },
        (error: unknown) => {
          failure = error
        }, // the error is reported to the next caller who needs a missing key
      )
      .finally(() => {
        lookingUp = undefined
      }))
  }

  return async kid => {
    const known = keys?.get(kid)
    const isStale = now() - triedAt > freshMs
    if (known && !(isStale && waits)) {
      if (isStale) void again() // no request waits: the old keys are valid until then
      return known
    }
    if (lookingUp || now() - triedAt >= (keys ? everyMs : Math.min(everyMs, retryWithoutKeysMs))) await again()
    const key = keys?.get(kid)
    if (!key && failure !== undefined) throw new Unavailable('Tokens cannot be checked at the moment.', 1, failure)
    return key
  }
}

async function fetchKeys(url: string, timeoutMs: number): Promise<Map<string, KeyObject>> {
  try {
    return keysIn(await fetchText(url, timeoutMs))
  } catch (error) {
    throw new Error(`fetching the keys at ${url}`, { cause: error })
  }
}

function fetchText(url: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { get } = url.startsWith('https:') ? https() : http
    const signal = AbortSignal.timeout(timeoutMs)
    get(url, { agent: false, headers: { accept: 'application/json' }, signal }, response => {
      let text = ''
      response
        .setEncoding('utf8')
        .on('error', reject)
        .on('end', () => resolve(text))
        .on('data', (chunk: string) => {
          text += chunk
          if (text.length > largestJwks) response.destroy(new Error(`more than ${largestJwks} characters`))
        })
      // a redirect is not followed, as it could lead anywhere
      if (response.statusCode !== 200) response.destroy(new Error(`status ${response.statusCode}`))
    }).on('error', reject)
  })
}

/** Only ES256 keys are ours to use, so others are skipped. Throws when there is none. */
export function keysIn(text: string): Map<string, KeyObject> {
  const jwks: unknown = JSON.parse(text)
  const keys = new Map<string, KeyObject>()
  const list =
    typeof jwks === 'object' && jwks !== null && 'keys' in jwks && Array.isArray(jwks.keys)
      ? (jwks.keys as unknown[])
      : []
  for (const jwk of list) {
    if (typeof jwk !== 'object' || jwk === null) continue
    const { kid, kty, crv, alg, use, x, y } = jwk as Record<string, unknown>
    if (typeof kid !== 'string' || kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string')
      continue
    if ((alg !== undefined && alg !== 'ES256') || (use !== undefined && use !== 'sig')) continue
    keys.set(kid, createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })) // other fields of the JWK are ignored
  }
  if (keys.size === 0) throw new Error('it contains no ES256 key')
  return keys
}
