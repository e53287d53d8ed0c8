import type { Database } from '@docket/chassis/database/database.ts'
import { forgetOldActs } from './audit.store.ts'
import { forgetEnded } from './session.store.ts'
import { forgetOldAddresses, forgetOldAttempts, forgetOldSignups } from './user.store.ts'

export const forget = async ({ read }: Database): Promise<number> =>
  (await forgetEnded(read)) +
  (await forgetOldAttempts(read)) +
  (await forgetOldAddresses(read)) +
  (await forgetOldSignups(read))

export const forgetActs =
  (retentionMs: number) =>
  ({ read }: Database): Promise<number> =>
    forgetOldActs(read, retentionMs)
