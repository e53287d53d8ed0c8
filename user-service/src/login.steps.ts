import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { Answer } from '@docket/chassis/http/route.ts'
import type { SigningKey } from './keys.ts'
import { isPassword } from './passwords.ts'
import { countLogin } from './session.metrics.ts'
import { begin, type Device } from './session.steps.ts'
import { loginLimits, mayTry } from './user.ts'
import { setPassword } from './user.steps.ts'
import { findByName, forgetAttempts, lockUser, noteAttempt, type UserRow } from './user.store.ts'

export type KnownUser = UserRow & { now: Date }

/** Who has that name and that password. An attempt is counted before the password is looked at. */
export async function tryPassword(
  { db, ip }: { db: Database; ip: string },
  username: string,
  password: string,
): Promise<KnownUser | Refused> {
  const no = mayTry(await noteAttempt(db.read, username, ip, loginLimits.windowMs))
  if (no) {
    countLogin('limited')
    return no
  }
  const user = await findByName(db.read, username)
  if (!(await isPassword(password, user?.passwordHash)) || !user) {
    countLogin('refused')
    return refused('wrong_credentials', 'The username or the password is wrong.')
  }
  return user
}

interface Entering {
  /** Of the password that takes the place of the one that was given. */
  newHash?: string | undefined
  isNew?: boolean
}

/** A session begins for a user who gave the password. What came between that and now counts. */
export async function enter(
  tx: Tx,
  keys: readonly SigningKey[],
  user: UserRow,
  device: Device,
  { newHash, isNew = false }: Entering = {},
): Promise<Answer | Refused> {
  const locked = await lockUser(tx, user.id)
  if (!locked || locked.passwordHash !== user.passwordHash || locked.disabledAt !== null)
    return refused('wrong_credentials', 'The password was changed at this moment, or the account disabled.')
  await forgetAttempts(tx, user.username, loginLimits.windowMs)
  const entering = newHash === undefined ? locked : await setPassword(tx, locked, newHash, { by: user.id })
  return begin(tx, keys, entering, device, isNew)
}
