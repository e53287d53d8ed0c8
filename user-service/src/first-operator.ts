import type { Database } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import type { Logger } from '@docket/chassis/log.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { hashPassword, isPassword } from './passwords.ts'
import { usernameOf } from './user.ts'
import { NewUser } from './user.shapes.ts'
import { findByName, insertUser } from './user.store.ts'

interface Settings {
  BOOTSTRAP_OPERATOR_USERNAME?: string | undefined
  BOOTSTRAP_OPERATOR_PASSWORD?: string | undefined
}

/** What is wrong with the settings, a line each: the first operator keeps to the rules that hold for everybody. */
export function wrongSettings({
  BOOTSTRAP_OPERATOR_USERNAME: username,
  BOOTSTRAP_OPERATOR_PASSWORD: password,
}: Settings): string[] {
  if (!username && !password) return []
  if (!username || !password) return ['BOOTSTRAP_OPERATOR_USERNAME and BOOTSTRAP_OPERATOR_PASSWORD: one is missing']
  const result = NewUser.safeParse({ username, password })
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `BOOTSTRAP_OPERATOR_${String(path[0]).toUpperCase()}: ${message}`)
}

/** Makes the first operator, who can make others. One that is there already is never changed from here. */
export const firstOperator =
  ({ BOOTSTRAP_OPERATOR_USERNAME, BOOTSTRAP_OPERATOR_PASSWORD }: Settings, log: Logger) =>
  async (db: Database): Promise<void> => {
    if (!BOOTSTRAP_OPERATOR_USERNAME || !BOOTSTRAP_OPERATOR_PASSWORD) return
    const username = usernameOf(BOOTSTRAP_OPERATOR_USERNAME)
    const found = await findByName(db.read, username)
    if (found) {
      const same = await isPassword(BOOTSTRAP_OPERATOR_PASSWORD, found.passwordHash)
      if (!same)
        log.warn({ username }, 'BOOTSTRAP_OPERATOR_PASSWORD is not the password of this operator; the stored one stays')
      return
    }
    const user = { id: newId(), username, role: 'operator' as const }
    const passwordHash = await hashPassword(BOOTSTRAP_OPERATOR_PASSWORD)
    await db.transaction(async tx => {
      if (!(await insertUser(tx, { ...user, passwordHash, signupKey: undefined }))) return // another replica was faster
      await publish(tx, [
        { type: 'user.signed_up', key: user.id, sequence: 1, data: { userId: user.id, username, role: user.role } },
      ])
      log.info({ username }, 'the first operator was made')
    })
  }
