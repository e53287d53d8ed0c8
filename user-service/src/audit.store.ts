import type { Tx } from '@docket/chassis/database/database.ts'
import type { Act } from './audit.ts'

const columns = `id, at, service, act, user_id AS userId, username, role, address, kind, subject,
  order_id AS orderId, reason, detail`

/** An act that is there already was delivered before. As JSON, so that it is one statement whatever their number. */
export async function insertActs(tx: Tx, acts: readonly Act[]): Promise<void> {
  await tx.query(
    `
    INSERT INTO acts (id, at, service, act, user_id, username, role, address, kind, subject, order_id, reason, detail)
    SELECT id, at, service, act, userId, username, role, address, kind, subject, orderId, reason, detail
    FROM JSON_TABLE(?, '$[*]' COLUMNS (
      id CHAR(36) PATH '$.id', at DATETIME(3) PATH '$.at', service VARCHAR(64) PATH '$.service', act VARCHAR(64) PATH '$.act',
      userId CHAR(36) PATH '$.userId', username VARCHAR(64) PATH '$.username', role VARCHAR(16) PATH '$.role',
      address VARCHAR(45) PATH '$.address', kind VARCHAR(32) PATH '$.kind', subject VARCHAR(128) PATH '$.subject',
      orderId CHAR(36) PATH '$.orderId', reason VARCHAR(500) PATH '$.reason', detail VARCHAR(500) PATH '$.detail')) AS act
    ON DUPLICATE KEY UPDATE acts.id = acts.id`,
    [JSON.stringify(acts.map(act => ({ ...act, at: act.at.toISOString().slice(0, -1) })))],
  )
}

export interface ActFilter {
  by?: string | undefined
  act?: string | undefined
  kind?: string | undefined
  on?: string | undefined
  order?: string | undefined
  /** Ids carry the time of the act. */
  from: string
  before: string | undefined
  limit: number
}

/** The newest first. */
export async function listActs(tx: Tx, { by, act, kind, on, order, from, before, limit }: ActFilter): Promise<Act[]> {
  const conditions = Object.entries({ username: by, act, kind, subject: on, order_id: order }).filter(
    (condition): condition is [string, string] => condition[1] !== undefined,
  )
  const { rows } = await tx.query<Act>(
    `
    SELECT ${columns} FROM acts
    WHERE id >= ?${before === undefined ? '' : ' AND id < ?'}${conditions.map(([column]) => ` AND ${column} = ?`).join('')}
    ORDER BY id DESC LIMIT ${Math.trunc(limit)}`,
    [from, ...(before === undefined ? [] : [before]), ...conditions.map(([, value]) => value)],
  )
  return rows
}

export async function forgetOldActs(tx: Tx, retentionMs: number): Promise<number> {
  const { rowCount } = await tx.query('DELETE FROM acts WHERE at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND LIMIT 1000', [
    Math.trunc(retentionMs / 1_000),
  ])
  return rowCount
}
