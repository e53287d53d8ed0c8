import { sign, type KeyObject } from 'node:crypto'

export const issuer = 'docket/user-service'
export const audience = 'docket'
export const accessTokenSeconds = 5 * 60

interface Holder {
  userId: string
  username: string
  role: string
  sessionId: string
  rightsVersion: number
}

/**
 * The claims of an access token that is good until then, in seconds since 1970. Services count its life from `iat`: one
 * that is to be good for longer is dated ahead.
 */
export const accessClaims = ({ userId, username, role, sessionId, rightsVersion }: Holder, exp: number) => ({
  iss: issuer,
  aud: audience,
  sub: userId,
  name: username,
  role,
  sid: sessionId,
  rv: rightsVersion,
  iat: exp - accessTokenSeconds,
  exp,
})

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT (RFC 7519), signed with ES256. */
export function signed({ kid, privateKey }: { kid: string; privateKey: KeyObject }, claims: object): string {
  const text = `${part({ alg: 'ES256', typ: 'JWT', kid })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
