import type { Tx } from '@docket/chassis/database/database.ts'
import { knownAddressMs, loginLimits, signupLimits, type Attempts, type User } from './user.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface UserRow extends User {
  passwordHash: string
  signupKey: string | null
  oneUseUntil: Date | null
}

// to the release before an observer is a customer
const roleNow = "IF(role = 'customer' AND observes, 'observer', role) AS role"
const publicColumns = `users.id, username, ${roleNow}, version, rights_version AS rightsVersion, disabled_at AS disabledAt`
const columns = `${publicColumns}, password_hash AS passwordHash, signup_key AS signupKey, one_use_until AS oneUseUntil`

interface NewUser {
  id: string
  username: string
  passwordHash: string
  role: Role
  signupKey: string | undefined
}

/**
 * Keeps a new user; false when the name is taken. Anything else that is wrong with the row throws: INSERT IGNORE would
 * cut it to fit.
 */
export async function insertUser(tx: Tx, user: NewUser): Promise<boolean> {
  await tx.query(
    `
    INSERT INTO users (id, username, password_hash, role, signup_key, created_at) VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE username = username`,
    [user.id, user.username, user.passwordHash, user.role, user.signupKey ?? null],
  )
  const { rows } = await tx.query('SELECT 1 AS own FROM users WHERE username = ? AND id = ?', [user.username, user.id])
  return rows.length === 1
}

export async function findByName(tx: Tx, username: string): Promise<(UserRow & { now: Date }) | undefined> {
  const { rows } = await tx.query<UserRow & { now: Date }>(
    `SELECT ${columns}, UTC_TIMESTAMP(3) AS now FROM users WHERE username = ?`,
    [username],
  )
  return rows[0]
}

export async function hasOperator(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query("SELECT 1 AS found FROM users WHERE role = 'operator' LIMIT 1")
  return rows.length > 0
}

/**
 * Locks the users and all operators, so that two of them cannot take the role from each other. Says how many operators
 * may log in.
 */
export async function lockForRights(
  tx: Tx,
  id: string,
  actingId: string,
): Promise<{ user: UserRow | undefined; acting: UserRow | undefined; operators: number }> {
  const { rows } = await tx.query<UserRow>(
    `SELECT ${columns} FROM users WHERE id IN (?, ?) OR role = 'operator' ORDER BY id FOR UPDATE`,
    [id, actingId],
  )
  return {
    user: rows.find(row => row.id === id),
    acting: rows.find(row => row.id === actingId),
    operators: rows.filter(row => row.role === 'operator' && row.disabledAt === null).length,
  }
}

/** The user is locked. */
export async function saveRole(tx: Tx, user: User, role: Role): Promise<User> {
  const observes = role === 'observer'
  await tx.query('UPDATE users SET role = ?, observes = ?, rights_version = rights_version + 1 WHERE id = ?', [
    observes ? 'customer' : role,
    observes,
    user.id,
  ])
  return { ...user, role, rightsVersion: user.rightsVersion + 1 }
}

/** The user is locked. */
export async function saveDisabled(tx: Tx, user: User): Promise<User> {
  await tx.query('UPDATE users SET disabled_at = UTC_TIMESTAMP(3), rights_version = rights_version + 1 WHERE id = ?', [
    user.id,
  ])
  return { ...user, disabledAt: new Date(), rightsVersion: user.rightsVersion + 1 }
}

/** The user is locked. */
export async function saveEnabled(tx: Tx, user: User): Promise<User> {
  await tx.query('UPDATE users SET disabled_at = NULL WHERE id = ?', [user.id])
  return { ...user, disabledAt: null }
}

export async function savePassword(
  tx: Tx,
  user: User,
  passwordHash: string,
  oneUseMs: number | undefined,
): Promise<User> {
  await tx.query(
    `
    UPDATE users SET password_hash = ?, one_use_until = UTC_TIMESTAMP(3) + INTERVAL ? SECOND,
      rights_version = rights_version + 1 WHERE id = ?`, // no seconds: no time
    [passwordHash, oneUseMs === undefined ? null : oneUseMs / 1_000, user.id],
  )
  return { ...user, rightsVersion: user.rightsVersion + 1 }
}

export async function renewHash(tx: Tx, user: UserRow, passwordHash: string): Promise<void> {
  await tx.query('UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?', [
    passwordHash,
    user.id,
    user.passwordHash,
  ])
}

export async function findBySession(tx: Tx, id: string, sessionId: string): Promise<User | undefined> {
  const { rows } = await tx.query<User>(
    `
    SELECT ${publicColumns} FROM users JOIN sessions ON sessions.user_id = users.id
    WHERE users.id = ? AND sessions.id = ? AND revoked_at IS NULL AND expires_at > UTC_TIMESTAMP(3)`,
    [id, sessionId],
  )
  return rows[0]
}

export async function lockUser(tx: Tx, id: string): Promise<UserRow | undefined> {
  const { rows } = await tx.query<UserRow>(`SELECT ${columns} FROM users WHERE id = ? FOR UPDATE`, [id])
  return rows[0]
}

export async function takeVersions(tx: Tx, id: string, count: number): Promise<number> {
  await tx.query('UPDATE users SET version = version + ? WHERE id = ?', [count, id])
  const { rows } = await tx.query<{ version: number }>('SELECT version FROM users WHERE id = ?', [id])
  const [row] = rows
  if (!row) throw new Error(`user ${id} is gone`)
  return row.version - count + 1
}

export async function listUsers(
  tx: Tx,
  filter: { search: string | undefined; username: string | undefined; after: string | undefined; limit: number },
): Promise<User[]> {
  const { rows } = await tx.query<User>(
    `
    SELECT ${publicColumns} FROM users
    WHERE LOCATE(?, username) > 0 AND username = COALESCE(?, username) AND username > ?
    ORDER BY username LIMIT ${Math.trunc(filter.limit)}`,
    [filter.search ?? '', filter.username ?? null, filter.after ?? ''],
  )
  return rows
}

const seconds = (ms: number) => `INTERVAL ${Math.trunc(ms / 1_000)} SECOND`
const placesFor = (values: readonly unknown[]) => values.map(() => '?').join(', ')

/**
 * The attempts to log in that count against another one, but for that itself; with the time of the database. Of the
 * hashes of an address, one for each key, any may have been kept.
 */
export async function loginAttempts(
  tx: Tx,
  username: string,
  addresses: readonly string[],
  exceptId = 0,
): Promise<{ attempts: Attempts; now: Date }> {
  const { here, address, strangers } = loginLimits
  const within = ({ most, windowMs }: { most: number; windowMs: number }) =>
    `id <> ? AND at > UTC_TIMESTAMP(3) - ${seconds(windowMs)} ORDER BY at DESC LIMIT ${most}`
  const isHere = `IN (${placesFor(addresses)})`
  const kept = `last_at > UTC_TIMESTAMP(3) - ${seconds(knownAddressMs)}`
  const { rows } = await tx.query<{ kind: keyof typeof loginLimits | 'known' | 'now'; at: Date }>(
    `
    SELECT 'now' AS kind, UTC_TIMESTAMP(3) AS at
    UNION ALL (SELECT 'known', last_at FROM known_addresses WHERE username = ? AND address ${isHere} AND ${kept})
    UNION ALL (SELECT 'here', at FROM login_attempts WHERE username = ? AND ip ${isHere} AND ${within(here)})
    UNION ALL (SELECT 'address', at FROM login_attempts WHERE ip ${isHere} AND ${within(address)})
    UNION ALL (SELECT 'strangers', at FROM login_attempts AS tried WHERE username = ? AND NOT EXISTS (
      SELECT 1 FROM known_addresses WHERE username = tried.username AND address = tried.ip AND ${kept}
    ) AND ${within(strangers)})`,
    [username, ...addresses, username, ...addresses, exceptId, ...addresses, exceptId, username, exceptId],
  )
  const times = (kind: (typeof rows)[number]['kind']) =>
    rows
      .filter(row => row.kind === kind)
      .map(row => row.at)
      .toSorted((a, b) => b.getTime() - a.getTime())
  const [now] = times('now')
  if (!now) throw new Error('the database did not say what time it is')
  return {
    attempts: {
      here: times('here'),
      address: times('address'),
      strangers: times('strangers'),
      isKnown: times('known').length > 0,
    },
    now,
  }
}

export async function noteAttempt(tx: Tx, username: string, address: string): Promise<number> {
  await tx.query('INSERT INTO login_attempts (username, ip, at) VALUES (?, ?, UTC_TIMESTAMP(3))', [username, address])
  const { rows } = await tx.query<{ id: number }>('SELECT LAST_INSERT_ID() AS id')
  return Number(rows[0]?.id)
}

export async function forgetAttempt(tx: Tx, id: number): Promise<void> {
  await tx.query('DELETE FROM login_attempts WHERE id = ?', [id])
}

/**
 * A login that succeeded clears the failed ones from its address. Older attempts are left to forgetOldAttempts, which
 * locks by another index: they would deadlock.
 */
export async function forgetAttempts(tx: Tx, username: string, addresses: readonly string[]): Promise<void> {
  await tx.query(
    `
    DELETE FROM login_attempts WHERE username = ? AND ip IN (${placesFor(addresses)})
      AND at > UTC_TIMESTAMP(3) - ${seconds(loginLimits.here.windowMs)}`,
    [username, ...addresses],
  )
}

/** Whoever tried, from wherever: the name is not locked any more. */
export async function forgetAllAttempts(tx: Tx, username: string): Promise<void> {
  await tx.query('DELETE FROM login_attempts WHERE username = ?', [username])
}

export async function forgetOldAttempts(tx: Tx): Promise<number> {
  const longest = Math.max(...Object.values(loginLimits).map(({ windowMs }) => windowMs))
  const { rowCount } = await tx.query(
    `DELETE FROM login_attempts WHERE at < UTC_TIMESTAMP(3) - ${seconds(longest)} LIMIT 1000`,
  )
  return rowCount
}

export async function noteAddress(tx: Tx, username: string, address: string): Promise<void> {
  await tx.query(
    `
    INSERT INTO known_addresses (username, address, last_at) VALUES (?, ?, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE last_at = UTC_TIMESTAMP(3)`,
    [username, address],
  )
}

export async function forgetOldAddresses(tx: Tx): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM known_addresses WHERE last_at < UTC_TIMESTAMP(3) - ${seconds(knownAddressMs)} LIMIT 1000`,
  )
  return rowCount
}

export async function noteSignup(tx: Tx, addresses: readonly string[]): Promise<number> {
  await tx.query('INSERT INTO signup_attempts (ip, at) VALUES (?, UTC_TIMESTAMP(3))', [addresses[0]])
  const { rows } = await tx.query<{ ofAddress: number }>(
    `
    SELECT COUNT(*) AS ofAddress FROM signup_attempts
    WHERE ip IN (${placesFor(addresses)}) AND at > UTC_TIMESTAMP(3) - ${seconds(signupLimits.windowMs)}`,
    addresses,
  )
  return Number(rows[0]?.ofAddress ?? 0)
}

export async function forgetOldSignups(tx: Tx): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM signup_attempts WHERE at < UTC_TIMESTAMP(3) - ${seconds(signupLimits.windowMs)} LIMIT 1000`,
  )
  return rowCount
}
