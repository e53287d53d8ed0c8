import { refused, type Refused } from '@docket/chassis/refused.ts'

export type Role = 'customer' | 'operator'

export interface User {
  id: string
  username: string
  role: Role
  /** ce_sequence of the last event about the user. */
  version: number
  /** Counted up by each change of the role, of the password, and by disabling. Tokens name it. */
  rightsVersion: number
  /** Since when there is no login; null: there is. */
  disabledAt: Date | null
}

/** What a token says about its user. */
export interface Claims {
  role: string
  /** 0 in a token of the release before. */
  rightsVersion: number
}

/** Whether a token still says what is so. */
export const isCurrent = (user: Pick<User, 'role' | 'rightsVersion' | 'disabledAt'>, token: Claims): boolean =>
  user.disabledAt === null &&
  user.role === token.role &&
  (token.rightsVersion === user.rightsVersion || token.rightsVersion === 0)

/** How a name is kept: in one case, so that Ada and ada are one. */
export const usernameOf = (text: string) => text.trim().toLowerCase()

/** What is wrong with a password, besides its length, or undefined. */
export function weakness(username: string, password: string): string | undefined {
  if (password.toLowerCase() === username) return 'must not be the username'
  if (new Set(password).size < 4) return 'must have at least 4 different characters'
  return undefined
}

/** Who does something to a user: `operators` counts those who may log in. */
export interface Acting {
  id: string
  operators: number
}

/** Nobody takes or gives rights to themselves, and the last operator who may log in stays one. */
export function mayBecome(user: User, role: Role, acting: Acting): Refused | undefined {
  if (user.id === acting.id) return ownAccount
  return role === 'operator' ? undefined : lastOperator(user, acting)
}

export function mayBeDisabled(user: User, acting: Acting): Refused | undefined {
  return user.id === acting.id ? ownAccount : lastOperator(user, acting)
}

/** A stolen session of an operator must not give a password that its thief knows. */
export const mayBeReset = (user: User, acting: Acting): Refused | undefined =>
  user.id === acting.id ? refused('own_account', 'Change your own password by giving the one you have.') : undefined

const ownAccount = refused('own_account', 'Nobody does this to themselves: another operator can.')

const lastOperator = ({ role, disabledAt }: User, { operators }: Acting): Refused | undefined =>
  role === 'operator' && disabledAt === null && operators <= 1
    ? refused('last_operator', 'This is the last operator; make somebody else one first.')
    : undefined

/** Whether a password is good for a session. `now` is the time of the database. */
export function mayEnter(
  { disabledAt, oneUseUntil }: Pick<User, 'disabledAt'> & { oneUseUntil: Date | null },
  { isChanging, now }: { isChanging: boolean; now: Date },
): Refused | undefined {
  if (disabledAt !== null) return refused('account_disabled', 'This account is disabled; an operator can enable it.')
  if (oneUseUntil === null)
    return isChanging ? refused('not_for_one_use', 'This password is changed after a login.') : undefined
  if (oneUseUntil <= now)
    return refused('password_expired', 'This password was good for a day; an operator can give you another one.')
  return isChanging
    ? undefined
    : refused('new_password_required', 'This password is good for one use: to choose a new one.')
}

const hours = 60 * 60_000

/** How long a password for one use can be used. */
export const oneUseMs = 24 * hours

const minutes = 60_000

/**
 * How many attempts to log in may fail within `windowMs`, before the next are refused without a look at the password.
 */
export const loginLimits = { windowMs: 15 * minutes, perUsername: 10, perAddress: 200 }

/** Whether another attempt may be made; the attempt itself is counted. */
export function mayTry(attempts: { ofUsername: number; ofAddress: number }): Refused | undefined {
  if (attempts.ofUsername <= loginLimits.perUsername && attempts.ofAddress <= loginLimits.perAddress) return undefined
  return refused('too_many_requests', 'Too many attempts to log in have failed; wait a while, then try again.', {
    retryAfterSeconds: loginLimits.windowMs / 1_000,
  })
}

/**
 * How many people may sign up from one address within `windowMs`: hashing their passwords must not keep others from
 * logging in. A company may share an address.
 */
export const signupLimits = { windowMs: 15 * minutes, perAddress: 500 }

/** Whether another may sign up; the attempt itself is counted. */
export function maySignUp(ofAddress: number): Refused | undefined {
  if (ofAddress <= signupLimits.perAddress) return undefined
  const detail = 'Too many have signed up from this address; wait a while, then try again.'
  return refused('too_many_requests', detail, { retryAfterSeconds: signupLimits.windowMs / 1_000 })
}
