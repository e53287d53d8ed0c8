import type { Database } from '@docket/chassis/database.ts'
import { forgetEnded } from './session.store.ts'
import { loginLimits } from './user.ts'
import { forgetOldAttempts } from './user.store.ts'

/** Deletes what nobody needs any more; says how much. */
export const forget = async (db: Database): Promise<number> => await forgetEnded(db.read) + await forgetOldAttempts(db.read, loginLimits.windowMs)
