import type { Tx } from '@docket/chassis/database/database.ts'
import { sessionMs, type Session } from './session.ts'

const columns = `id, user_id AS userId, refresh_hash AS refreshHash, previous_hash AS previousHash, rotated_at AS rotatedAt,
  expires_at AS expiresAt, revoked_at AS revokedAt`

export async function insertSession(
  tx: Tx,
  session: { id: string; userId: string; refreshHash: string; ip: string; userAgent: string },
): Promise<void> {
  await tx.query(
    `
    INSERT INTO sessions (id, user_id, refresh_hash, ip, user_agent, created_at, last_used_at, expires_at)
    VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL ? SECOND)`,
    [session.id, session.userId, session.refreshHash, session.ip, session.userAgent, sessionMs / 1_000],
  )
}

/**
 * The session that a refresh token belongs to, or belonged to before it was used; locked. With the time of the
 * database.
 */
export async function lockByRefreshHash(tx: Tx, hash: string): Promise<(Session & { now: Date }) | undefined> {
  const { rows } = await tx.query<Session & { now: Date }>(
    `
    SELECT ${columns}, UTC_TIMESTAMP(3) AS now FROM sessions WHERE refresh_hash = ? OR previous_hash = ? FOR UPDATE`,
    [hash, hash],
  )
  return rows[0]
}

export async function rotate(tx: Tx, session: Session, nextHash: string): Promise<void> {
  await tx.query(
    `
    UPDATE sessions SET previous_hash = refresh_hash, refresh_hash = ?, rotated_at = UTC_TIMESTAMP(3), last_used_at = UTC_TIMESTAMP(3),
      expires_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE id = ?`,
    [nextHash, sessionMs / 1_000, session.id],
  )
}

/** Ends a session of the user; false when there is none that lives. */
export async function revoke(tx: Tx, id: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'UPDATE sessions SET revoked_at = UTC_TIMESTAMP(3) WHERE id = ? AND user_id = ? AND revoked_at IS NULL',
    [id, userId],
  )
  return rowCount === 1
}

export async function isLive(tx: Tx, id: string): Promise<boolean> {
  const { rows } = await tx.query(
    'SELECT 1 AS live FROM sessions WHERE id = ? AND revoked_at IS NULL AND expires_at > UTC_TIMESTAMP(3)',
    [id],
  )
  return rows.length === 1
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
    WHERE user_id = ? AND revoked_at IS NULL AND expires_at > UTC_TIMESTAMP(3) ORDER BY created_at DESC LIMIT 100`,
    [userId],
  )
  return rows
}

/**
 * Deletes sessions that ended: by themselves now, or by somebody a day ago or before. One statement for each, so that
 * each has its index.
 */
export async function forgetEnded(tx: Tx): Promise<number> {
  const { rowCount: expired } = await tx.query('DELETE FROM sessions WHERE expires_at < UTC_TIMESTAMP(3) LIMIT 1000')
  const { rowCount: revoked } = await tx.query(
    'DELETE FROM sessions WHERE revoked_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY LIMIT 1000',
  )
  return expired + revoked
}
