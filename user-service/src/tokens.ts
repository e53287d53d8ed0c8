import jwt from 'jsonwebtoken'
import { accessTokenSeconds, audience, issuer } from '@docket/chassis/http/auth.ts'
import type { Cookie } from '@docket/chassis/http/route.ts'
import type { SigningKey } from './keys.ts'
import { sessionMs } from './session.ts'
import type { User } from './user.ts'

/** What the other services believe: who it is, until when. */
export function accessToken([key]: readonly SigningKey[], user: User, sessionId: string): string {
  if (!key) throw new Error('there is no signing key')
  return jwt.sign({ name: user.username, role: user.role, sid: sessionId, rv: user.rightsVersion }, key.privateKey, {
    algorithm: 'ES256',
    keyid: key.kid,
    subject: user.id,
    issuer,
    audience,
    expiresIn: accessTokenSeconds,
  })
}

export const sessionCookies = (access: string, refresh: string): Cookie[] => [
  { name: 'access_token', value: access, path: '/', maxAgeSeconds: accessTokenSeconds },
  { name: 'refresh_token', value: refresh, path: '/', maxAgeSeconds: sessionMs / 1_000 },
]

export const noCookies: Cookie[] = [
  { name: 'access_token', value: undefined, path: '/', maxAgeSeconds: 0 },
  { name: 'refresh_token', value: undefined, path: '/', maxAgeSeconds: 0 },
]
