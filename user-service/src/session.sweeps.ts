import type { Database } from '@docket/chassis/database/database.ts'
import { forgetEnded } from './session.store.ts'
import { loginLimits, signupLimits } from './user.ts'
import { forgetOldAttempts, forgetOldSignups } from './user.store.ts'

/** Deletes what nobody needs any more; says how much. */
export const forget = async ({ read }: Database): Promise<number> =>
  (await forgetEnded(read)) +
  (await forgetOldAttempts(read, loginLimits.windowMs)) +
  (await forgetOldSignups(read, signupLimits.windowMs))
