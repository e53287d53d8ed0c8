import { refused, type Refused } from '@docket/chassis/refused.ts'
import type { Role } from '@docket/contract/terms.ts'

export interface User {
  id: string
  username: string
  role: Role
  version: number
  /** Counted up by each change of the role, of the password, and by disabling. Tokens name it. */
  rightsVersion: number
  /** Since when there is no login; null: there is. */
  disabledAt: Date | null
}

export interface Claims {
  role: string
  /** 0 in a token of the release before. */
  rightsVersion: number
}

export const isCurrent = (user: Pick<User, 'role' | 'rightsVersion' | 'disabledAt'>, token: Claims): boolean =>
  user.disabledAt === null &&
  user.role === token.role &&
  (token.rightsVersion === user.rightsVersion || token.rightsVersion === 0)

/** How a name is kept: in one case, so that Ada and ada are one. */
export const usernameOf = (text: string) => text.trim().toLowerCase()

/** What is wrong with a password, or undefined. It is looked at as it is hashed, not as it was typed. */
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

/** A role that services of the release before do not know is given once none of them runs any more. */
export const mayBeAssigned = (role: Role, isKnown: boolean): Refused | undefined =>
  role !== 'observer' || isKnown
    ? undefined
    : refused(
        'not_known_yet',
        'There are no observers yet: every service must run this release, and PRODUCES_FROM say so.',
      )

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
 * How many attempts to log in may fail within a window, before the next are refused without a look at the password: of
 * a name from one address, of all names from one address, and of a name from all addresses that it has not logged in
 * from before. The last one is slow, as anybody can reach it; it keeps nobody from logging in where they did before.
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
 * How many people may sign up from one address within `windowMs`: hashing their passwords must not keep others from
 * logging in. A company may share an address.
 */
export const signupLimits = { windowMs: 15 * minutes, perAddress: 500 }

export function maySignUp(ofAddress: number): Refused | undefined {
  if (ofAddress <= signupLimits.perAddress) return undefined
  const detail = 'Too many have signed up from this address; wait a while, then try again.'
  return refused('too_many_requests', detail, { retryAfterSeconds: signupLimits.windowMs / 1_000 })
}
