import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface User {
  id: string
  username: string
  role: Role
  version: number
  /**
   * Increases with each change of the role or password, and when the user is disabled. Tokens carry it, so that older
   * ones can be refused.
   */
  rightsVersion: number
  /** Since when login is disabled; null: it is not. */
  disabledAt: Date | null
}

export interface Claims {
  role: string
  /** 0 in a token of the previous release. */
  rightsVersion: number
}

export const isCurrent = (user: Pick<User, 'role' | 'rightsVersion' | 'disabledAt'>, token: Claims): boolean =>
  user.disabledAt === null &&
  user.role === token.role &&
  (token.rightsVersion === user.rightsVersion || token.rightsVersion === 0)

/** Names are stored in lower case, so that Ada and ada are the same user. */
export const usernameOf = (text: string) => text.trim().toLowerCase()

/** Checked in the normalized form, because that is what is hashed. Undefined: nothing is wrong. */
export function weakness(username: string, password: string): string | undefined {
  const text = password.normalize('NFKC')
  if ([...text].length < 8) return 'must have at least 8 characters'
  if (text.toLowerCase() === username) return 'must not be the username'
  if (new Set(text).size < 4) return 'must have at least 4 different characters'
  return undefined
}

export interface Acting {
  id: string
  operators: number
}

/** A role that the previous release does not know is assigned only once none of its services is running. */
export const mayBeAssigned = (role: Role, isKnown: boolean): Refused | undefined =>
  role !== 'observer' || isKnown
    ? undefined
    : refused(
        'not_known_yet',
        'There are no observers yet: every service must run this release, and PRODUCES_FROM say so.',
      )

/** No one may change their own rights, so the last operator who may log in remains one. */
export function mayBecome(user: User, role: Role, acting: Acting): Refused | undefined {
  if (user.id === acting.id) return ownAccount
  return role === 'operator' ? undefined : lastOperator(user, acting)
}

export function mayBeDisabled(user: User, acting: Acting): Refused | undefined {
  return user.id === acting.id ? ownAccount : lastOperator(user, acting)
}

/** With a stolen session of an operator, the thief must not be able to set a password that they then know. */
export const mayBeReset = (user: User, acting: Acting): Refused | undefined =>
  user.id === acting.id ? refused('own_account', 'To change your own password, give the current one.') : undefined

const ownAccount = refused('own_account', 'You cannot do this to your own account; another operator can.')

const lastOperator = ({ role, disabledAt }: User, { operators }: Acting): Refused | undefined =>
  role === 'operator' && disabledAt === null && operators <= 1
    ? refused('last_operator', 'This is the last operator; make another user an operator first.')
    : undefined

export function mayEnter(
  { disabledAt, oneUseUntil }: Pick<User, 'disabledAt'> & { oneUseUntil: Date | null },
  { isChanging, now }: { isChanging: boolean; now: Date },
): Refused | undefined {
  if (disabledAt !== null) return refused('account_disabled', 'This account is disabled; an operator can enable it.')
  if (oneUseUntil === null)
    return isChanging ? refused('not_for_one_use', 'Log in to change this password.') : undefined
  if (oneUseUntil <= now)
    return refused('password_expired', 'This one-time password was valid for a day; ask an operator for a new one.')
  return isChanging
    ? undefined
    : refused('new_password_required', 'This one-time password can only be used to choose a new one.')
}

const hours = 60 * 60_000

export const oneUseMs = 24 * hours

const minutes = 60_000

/**
 * How many failed logins are allowed within a window before further ones are refused without checking the password: for
 * a name from one address, for all names from one address, and for a name from all addresses from which it has not
 * logged in before. The last limit is slow, because anyone can trigger it; it does not affect addresses from which the
 * user has logged in before.
 */
export const loginLimits = {
  here: { most: 10, windowMs: 15 * minutes },
  address: { most: 200, windowMs: 15 * minutes },
  strangers: { most: 50, windowMs: 24 * hours },
} as const

export const knownAddressMs = 30 * 24 * hours

export type Attempts = Readonly<Record<keyof typeof loginLimits, readonly Date[]>> & {
  isKnown: boolean
}

export function mayTry({ isKnown, ...times }: Attempts, now: Date): Refused | undefined {
  const limits = isKnown ? (['here', 'address'] as const) : (['here', 'address', 'strangers'] as const)
  const waitMs = Math.max(...limits.map(limit => untilFree(times[limit], loginLimits[limit], now)))
  if (waitMs <= 0) return undefined
  return refused('too_many_requests', 'Too many failed login attempts; wait a while, then try again.', {
    retryAfterSeconds: Math.ceil(waitMs / 1_000),
  })
}

function untilFree(times: readonly Date[], { most, windowMs }: { most: number; windowMs: number }, now: Date): number {
  const last = times[most - 1]
  return last === undefined ? 0 : last.getTime() + windowMs - now.getTime()
}

/**
 * How many users may sign up from one address within `windowMs`, as hashing their passwords must not keep others from
 * logging in. A company may share an address.
 */
export const signupLimits = { windowMs: 15 * minutes, perAddress: 500 }

export function maySignUp(ofAddress: number): Refused | undefined {
  if (ofAddress <= signupLimits.perAddress) return undefined
  const detail = 'Too many have signed up from this address; wait a while, then try again.'
  return refused('too_many_requests', detail, { retryAfterSeconds: signupLimits.windowMs / 1_000 })
}
