import jwt from 'jsonwebtoken'
import type { Cookie } from '@docket/chassis/http/route.ts'
import { accessClaims, accessTokenSeconds } from '@docket/foundation/access-token.ts'
import type { SigningKey } from './keys.ts'
import { sessionMs } from './session.ts'
import type { User } from './user.ts'

export function accessToken([key]: readonly SigningKey[], user: User, sessionId: string): string {
  if (!key) throw new Error('there is no signing key')
  const { id: userId, username, role, rightsVersion } = user
  const expiresAt = Math.floor(Date.now() / 1_000) + accessTokenSeconds
  return jwt.sign(accessClaims({ userId, username, role, sessionId, rightsVersion }, expiresAt), key.privateKey, {
    algorithm: 'ES256',
    keyid: key.kid,
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
