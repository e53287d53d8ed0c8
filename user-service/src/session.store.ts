import type { Tx } from '@docket/chassis/database/database.ts'
import { sessionMs, type EndReason, type Session } from './session.ts'

export interface StoredSession extends Session {
  /** Null: a release began the session that had no such keys. */
  markKey: string | null
  successorKey: string | null
}

const columns = `id, user_id AS userId, refresh_hash AS refreshHash, previous_hash AS previousHash, mark_key AS markKey,
  successor_key AS successorKey, expires_at AS expiresAt, revoked_at AS revokedAt`

export async function insertSession(
  tx: Tx,
  session: { id: string; userId: string; refreshHash: string; markKey: string; ip: string; userAgent: string },
): Promise<void> {
  await tx.query(
    `
    INSERT INTO sessions (id, user_id, refresh_hash, mark_key, ip, user_agent, created_at, last_used_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL ? SECOND)`,
    [
      session.id,
      session.userId,
      session.refreshHash,
      session.markKey,
      session.ip,
      session.userAgent,
      sessionMs / 1_000,
    ],
  )
}

interface Owned {
  id: string
  userId: string
}

export async function findSession(tx: Tx, id: string): Promise<Owned | undefined> {
  const { rows } = await tx.query<Owned>('SELECT id, user_id AS userId FROM sessions WHERE id = ?', [id])
  return rows[0]
}

export async function findSessionByHash(tx: Tx, hash: string): Promise<Owned | undefined> {
  const { rows } = await tx.query<Owned>(
    'SELECT id, user_id AS userId FROM sessions WHERE refresh_hash = ? OR previous_hash = ?',
    [hash, hash],
  )
  return rows[0]
}

/**
 * Returns the session with the time of the database. Its user must be locked first, as everywhere: otherwise two
 * transactions would deadlock.
 */
export async function lockSession(tx: Tx, id: string): Promise<(StoredSession & { now: Date }) | undefined> {
  const { rows } = await tx.query<StoredSession & { now: Date }>(
    `SELECT ${columns}, UTC_TIMESTAMP(3) AS now FROM sessions WHERE id = ? FOR UPDATE`,
    [id],
  )
  return rows[0]
}

export async function rotate(
  tx: Tx,
  session: { id: string; refreshHash: string; markKey: string; successorKey: string },
): Promise<void> {
  await tx.query(
    `
    UPDATE sessions SET previous_hash = refresh_hash, refresh_hash = ?, mark_key = ?, successor_key = ?,
      rotated_at = UTC_TIMESTAMP(3), last_used_at = UTC_TIMESTAMP(3), expires_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
    WHERE id = ?`,
    [session.refreshHash, session.markKey, session.successorKey, sessionMs / 1_000, session.id],
  )
}

const live = 'revoked_at IS NULL AND expires_at > UTC_TIMESTAMP(3)'

export async function revoke(tx: Tx, userId: string, reason: EndReason, id?: string): Promise<string[]> {
  const whose = `user_id = ? AND id = COALESCE(?, id) AND ${live}`
  const values = [userId, id ?? null]
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id FROM sessions WHERE ${whose} ORDER BY id FOR UPDATE`,
    values,
  )
  if (rows.length > 0)
    await tx.query(`UPDATE sessions SET revoked_at = UTC_TIMESTAMP(3), end_reason = ? WHERE ${whose}`, [
      reason,
      ...values,
    ])
  return rows.map(row => row.id)
}

export interface ListedSession {
  id: string
  createdAt: Date
  lastUsedAt: Date
  ip: string
  userAgent: string
}

export async function liveSessions(tx: Tx, userId: string): Promise<ListedSession[]> {
  const { rows } = await tx.query<ListedSession>(
    `
    SELECT id, created_at AS createdAt, last_used_at AS lastUsedAt, ip, user_agent AS userAgent FROM sessions
    WHERE user_id = ? AND ${live} ORDER BY created_at DESC LIMIT 100`,
    [userId],
  )
  return rows
}

export interface ReusedSession {
  id: string
  username: string
  endedAt: Date
}

export async function reusedSessions(tx: Tx): Promise<ReusedSession[]> {
  const { rows } = await tx.query<ReusedSession>(`
    SELECT sessions.id, users.username, revoked_at AS endedAt FROM sessions JOIN users ON users.id = user_id
    WHERE revoked_at > UTC_TIMESTAMP(3) - INTERVAL 1 DAY AND end_reason = 'reuse' ORDER BY revoked_at DESC LIMIT 100`)
  return rows
}

/**
 * Deletes sessions that have expired, or were ended a day ago or earlier. Two statements, so that each can use its
 * index.
 */
export async function forgetEnded(tx: Tx): Promise<number> {
  const { rowCount: expired } = await tx.query('DELETE FROM sessions WHERE expires_at < UTC_TIMESTAMP(3) LIMIT 1000')
  const { rowCount: revoked } = await tx.query(
    'DELETE FROM sessions WHERE revoked_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY LIMIT 1000',
  )
  return expired + revoked
}
