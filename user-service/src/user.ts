import { refused, type Refused } from '@docket/chassis/refused.ts'

export type Role = 'customer' | 'operator'

export interface User {
  id: string
  username: string
  role: Role
  /** ce_sequence of the last event about the user. */
  version: number
}

/** How a name is kept: in one case, so that Ada and ada are one. */
export const usernameOf = (text: string) => text.trim().toLowerCase()

/** What is wrong with a password, besides its length, or undefined. */
export function weakness(username: string, password: string): string | undefined {
  if (password.toLowerCase() === username) return 'must not be the username'
  if (new Set(password).size < 4) return 'must have at least 4 different characters'
  return undefined
}

/** The last operator stays one: somebody must be able to make another. */
export function mayBecome(user: Pick<User, 'role'>, role: Role, operators: number): Refused | undefined {
  if (user.role === 'operator' && role !== 'operator' && operators <= 1) {
    return refused('last_operator', 'This is the last operator; make somebody else one first.')
  }
  return undefined
}

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
