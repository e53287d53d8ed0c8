import { randomUUID } from 'node:crypto'
import { addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { accessClaims, signed } from '@docket/foundation/access-token.ts'
import { signingKeysIn } from '@docket/foundation/signing-keys.ts'

export const developers = {
  customer: '00000000-0000-7000-8000-000000000001',
  observer: '00000000-0000-7000-8000-000000000002',
  operator: '00000000-0000-7000-8000-000000000003',
} as const
export type Role = keyof typeof developers

export interface DevToken {
  token: string
  userId: string
  username: string
  role: Role
  expiresAt: string
}

/**
 * Signed like user-service's tokens, with the key of the local stack. It has no session, so services accept it until it
 * expires, and user-service, which looks up the session, never does.
 */
export function devToken(role: Role, userId: string = developers[role], ttlMs: number): DevToken {
  const [key] = signingKeysIn(secrets(addresses().dir).jwtSigningKey)
  if (!key) throw new Error('there is no signing key')
  const username = `dev-${role}`
  const exp = Math.floor((Date.now() + ttlMs) / 1_000)
  const token = signed(key, accessClaims({ userId, username, role, sessionId: randomUUID(), rightsVersion: 0 }, exp))
  return { token, userId, username, role, expiresAt: new Date(exp * 1_000).toISOString() }
}
