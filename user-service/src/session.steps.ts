import type { Tx } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { created, ok, type Answer } from '@docket/chassis/http/route.ts'
import type { SigningKey } from './keys.ts'
import { insertSession, revoke } from './session.store.ts'
import { accessToken, hashOf, newRefreshToken, sessionCookies } from './tokens.ts'
import type { User } from './user.ts'
import { nextVersion } from './user.store.ts'

export interface Device {
  ip: string
  headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A session begins: the answer carries its cookies. */
export async function begin(
  tx: Tx,
  keys: readonly SigningKey[],
  user: User,
  { ip, headers }: Device,
  isNew = false,
): Promise<Answer> {
  const id = newId()
  const refresh = newRefreshToken()
  await insertSession(tx, {
    id,
    userId: user.id,
    refreshHash: hashOf(refresh),
    ip: ip.slice(0, 45),
    userAgent: agentOf(headers['user-agent']),
  })
  const cookies = sessionCookies(accessToken(keys, user, id), refresh)
  return isNew ? created(shown(user), '/me', { cookies }) : ok(shown(user), { cookies })
}

/** A session ends before its time, and everybody may know. */
export async function end(tx: Tx, sessionId: string, userId: string): Promise<boolean> {
  if (!(await revoke(tx, sessionId, userId))) return false
  await publish(tx, [
    { type: 'session.revoked', key: userId, sequence: await nextVersion(tx, userId), data: { userId, sessionId } },
  ])
  return true
}

export const shown = ({ id, username, role }: User) => ({ id, username, role })

// What a stranger's program calls itself, without anything that a terminal would act on.
const agentOf = (header: string | string[] | undefined) =>
  String(header ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .slice(0, 200)
