import { readFile } from 'node:fs/promises'
import type { Database } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import type { Logger } from '@docket/chassis/log.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { problemWith } from './new-passwords.ts'
import { hashPassword } from './passwords.ts'
import { NewUser } from './user.shapes.ts'
import { hasOperator, insertUser } from './user.store.ts'

interface Settings {
  BOOTSTRAP_OPERATOR_USERNAME?: string | undefined
  BOOTSTRAP_OPERATOR_PASSWORD?: string | undefined
  BOOTSTRAP_OPERATOR_PASSWORD_FILE?: string | undefined
}

export async function readSettings({
  BOOTSTRAP_OPERATOR_USERNAME: name,
  BOOTSTRAP_OPERATOR_PASSWORD: text,
  BOOTSTRAP_OPERATOR_PASSWORD_FILE: file,
}: Settings): Promise<{ username: string; password: string } | { wrong: string[] } | undefined> {
  if (!name && !text && !file) return undefined
  if (text && file)
    return { wrong: ['BOOTSTRAP_OPERATOR_PASSWORD and BOOTSTRAP_OPERATOR_PASSWORD_FILE: one is enough'] }
  if (!name || !(text ?? file))
    return { wrong: ['BOOTSTRAP_OPERATOR_USERNAME and BOOTSTRAP_OPERATOR_PASSWORD: one is missing'] }
  let password = text
  try {
    password ??= (await readFile(file ?? '', 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    return { wrong: [`BOOTSTRAP_OPERATOR_PASSWORD_FILE: ${messageOf(error)}`] }
  }
  const result = NewUser.safeParse({ username: name, password }) // the first operator keeps to the rules for everybody
  if (!result.success)
    return {
      wrong: result.error.issues.map(
        ({ path, message }) => `BOOTSTRAP_OPERATOR_${String(path[0]).toUpperCase()}: ${message}`,
      ),
    }
  const problem = await problemWith(result.data.username, password)
  return problem === undefined ? result.data : { wrong: [`BOOTSTRAP_OPERATOR_PASSWORD: ${problem}`] }
}

/**
 * Makes the first operator, who can make others. The settings mean nothing once there is one: a password that was
 * changed stays, and what is left in an environment tells nothing.
 */
export const firstOperator =
  (settings: Settings, log: Logger, cannotStart: (wrong: readonly string[]) => never) =>
  async (db: Database): Promise<void> => {
    if (await hasOperator(db.read)) return
    const given = await readSettings(settings)
    if (!given) return
    if ('wrong' in given) return cannotStart(given.wrong)
    const user = { id: newId(), username: given.username, role: 'operator' as const }
    const passwordHash = await hashPassword(given.password)
    const isMade = await db.transaction(async tx => {
      if (!(await insertUser(tx, { ...user, passwordHash, signupKey: undefined }))) return false
      const { id: userId, username, role } = user
      await publish(tx, [{ type: 'user.signed_up', key: userId, sequence: 1, data: { userId, username, role } }])
      return true
    })
    if (isMade) log.info({ username: user.username }, 'created the first operator')
    else if (!(await hasOperator(db.read)))
      // no other replica was faster
      log.error(
        { username: user.username },
        'a customer already has the name of the first operator: choose another one',
      )
  }
