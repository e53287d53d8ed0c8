import type { Tx } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import type { Logger } from '@docket/chassis/log.ts'
import { created, ok, type Answer } from '@docket/chassis/http/route.ts'
import { addressHashes } from './address-hashes.ts'
import { publishAbout } from './events.steps.ts'
import type { SigningKey } from './keys.ts'
import { firstToken, hashOf, isMarked, newKey, sessionIn, successorBefore, successorOf } from './refresh-tokens.ts'
import { refresh, type EndReason } from './session.ts'
import { countReuse } from './session.metrics.ts'
import {
  findSession,
  findSessionByHash,
  insertSession,
  lockSession,
  revoke,
  rotate,
  type StoredSession,
} from './session.store.ts'
import { accessToken, sessionCookies } from './tokens.ts'
import { isCurrent, type Claims, type User } from './user.ts'
import { findBySession, lockUser, noteAddress, type UserRow } from './user.store.ts'

export interface Device {
  ip: string
  headers: Readonly<Record<string, string | string[] | undefined>>
}

export async function begin(
  tx: Tx,
  keys: readonly SigningKey[],
  user: User,
  { ip, headers }: Device,
  isNew = false,
): Promise<Answer> {
  const session = { id: newId(), markKey: newKey() }
  const token = firstToken(session)
  await insertSession(tx, {
    ...session,
    userId: user.id,
    refreshHash: hashOf(token),
    ip: ip.slice(0, 45),
    userAgent: agentOf(headers['user-agent']),
  })
  const [address = ''] = addressHashes(keys, ip)
  await noteAddress(tx, user.username, address)
  const cookies = sessionCookies(accessToken(keys, user, session.id), token)
  return isNew ? created(shown(user), '/me', { cookies }) : ok(shown(user), { cookies })
}

export interface Presented {
  token: string
  user: UserRow
  session: StoredSession
  good: ReturnType<typeof refresh>
}

export async function lockPresented(tx: Tx, token: string | undefined): Promise<Presented | undefined> {
  if (token === undefined) return undefined
  const named = sessionIn(token)
  const found = await (named === undefined ? findSessionByHash(tx, hashOf(token)) : findSession(tx, named))
  const user = found && (await lockUser(tx, found.userId))
  const session = found && (await lockSession(tx, found.id))
  if (!user || !session) return undefined
  if (user.disabledAt !== null) return undefined // an older release may have kept its sessions
  const good = refresh(session, { hash: hashOf(token), isMarked: isMarked(token, session) }, session.now)
  return { token, user, session, good }
}

/** The refresh token after the one that is presented; undefined when it is good for none. */
export async function next(
  tx: Tx,
  keys: readonly SigningKey[],
  { token, session, good }: Presented,
): Promise<string | undefined> {
  if (good === 'rotate') {
    const made = { id: session.id, markKey: session.markKey ?? newKey(), successorKey: newKey() }
    const successor = successorOf(token, made, made.successorKey)
    await rotate(tx, { ...made, refreshHash: hashOf(successor) })
    return successor
  }
  if (good !== 'repeat') return undefined
  const { id, markKey, successorKey, refreshHash } = session
  const successor = markKey && successorKey ? successorOf(token, { id, markKey }, successorKey) : undefined
  return successor !== undefined && hashOf(successor) === refreshHash
    ? successor
    : successorBefore(token, keys, refreshHash)
}

export async function endStolen(tx: Tx, { user, session }: Presented, log: Logger): Promise<void> {
  if (!(await end(tx, user, 'reuse', session.id))) return
  tx.afterCommit(() => {
    countReuse()
    log.warn({ userId: user.id, sessionId: session.id }, 'a used-up refresh token was presented; its session ended')
  })
}

export async function end(tx: Tx, user: User, reason: EndReason, sessionId?: string): Promise<boolean> {
  const ended = await revoke(tx, user.id, reason, sessionId)
  await publishAbout(
    tx,
    user.id,
    ended.map(id => ({ type: 'session.revoked', data: { userId: user.id, sessionId: id, reason } })),
  )
  return ended.length > 0
}

export async function confirms(tx: Tx, token: Claims & { id: string; sessionId: string }): Promise<boolean> {
  const user = await findBySession(tx, token.id, token.sessionId)
  return user !== undefined && isCurrent(user, token)
}

export const shown = ({ id, username, role }: Pick<User, 'id' | 'username'> & { role: string }) => ({
  id,
  username,
  role,
})

// What a client calls itself, stripped of anything that a terminal would interpret.
const agentOf = (header: string | string[] | undefined) =>
  String(header ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .slice(0, 200)
