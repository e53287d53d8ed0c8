import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { isRefused, refused, type Refused } from '@docket/chassis/refused.ts'
import type { Answer } from '@docket/chassis/http/route.ts'
import { addressHashes } from './address-hashes.ts'
import type { SigningKey } from './keys.ts'
import { hashPassword, verify } from './passwords.ts'
import { countLogin } from './session.metrics.ts'
import { begin, type Device } from './session.steps.ts'
import { mayTry } from './user.ts'
import { setPassword } from './user.steps.ts'
import {
  findByName,
  forgetAttempt,
  forgetAttempts,
  lockUser,
  loginAttempts,
  noteAttempt,
  renewHash,
  type UserRow,
} from './user.store.ts'

type KnownUser = UserRow & { now: Date }

interface Attempt {
  db: Database
  keys: readonly SigningKey[]
  ip: string
}

export async function tryPassword(attempt: Attempt, username: string, password: string): Promise<KnownUser | Refused> {
  const id = await admitted(attempt, username)
  if (isRefused(id)) {
    countLogin('limited')
    return id
  }
  const user = await findByName(attempt.db.read, username)
  const verdict = await verify(password, user?.passwordHash).catch(async (error: unknown) => {
    await forgetAttempt(attempt.db.read, id) // too many at once: nobody has looked at it
    throw error
  })
  if (verdict === 'right' && user) return user
  if (verdict === 'outdated' && user) {
    const passwordHash = await hashPassword(password).catch(() => undefined) // too many at once: the next login does it
    if (passwordHash === undefined) return user
    await renewHash(attempt.db.read, user, passwordHash)
    return { ...user, passwordHash }
  }
  countLogin('refused')
  return refused('wrong_credentials', 'The username or the password is wrong.')
}

/**
 * The id of an attempt that may be made. It is written down before the password is looked at, and those beside it are
 * counted then: of attempts at the same moment none slips by. One that is refused leaves nothing behind.
 */
async function admitted({ db, keys, ip }: Attempt, username: string): Promise<number | Refused> {
  const addresses = addressHashes(keys, ip)
  const [address = ''] = addresses
  const before = await loginAttempts(db.read, username, addresses)
  const no = mayTry(before.attempts, before.now)
  if (no) return no
  const id = await db.transaction(tx => noteAttempt(tx, username, address))
  const beside = await loginAttempts(db.read, username, addresses, id)
  const late = mayTry(beside.attempts, beside.now)
  if (!late) return id
  await forgetAttempt(db.read, id)
  return late
}

interface Entering {
  newHash?: string | undefined
  isNew?: boolean
}

export async function enter(
  tx: Tx,
  keys: readonly SigningKey[],
  user: UserRow,
  device: Device,
  { newHash, isNew = false }: Entering = {},
): Promise<Answer | Refused> {
  const locked = await lockUser(tx, user.id)
  if (!locked || locked.passwordHash !== user.passwordHash || locked.disabledAt !== null)
    return refused('wrong_credentials', 'The password has just been changed, or the account disabled.')
  await forgetAttempts(tx, user.username, addressHashes(keys, device.ip))
  const entering = newHash === undefined ? locked : await setPassword(tx, locked, newHash, { by: user.id })
  return begin(tx, keys, entering, device, isNew)
}
