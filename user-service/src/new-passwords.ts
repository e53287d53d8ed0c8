import { readFile } from 'node:fs/promises'
import { invalid } from '@docket/chassis/http/errors.ts'
import { weakness } from './user.ts'

const commonPasswords = new URL(import.meta.resolve('@zxcvbn-ts/language-common/src/passwords.json'))

/**
 * Returns what is wrong with a new password, or undefined. The 49,000 most common passwords are read each time, because
 * new ones are rare and the list would waste memory.
 */
export async function problemWith(username: string, password: string): Promise<string | undefined> {
  const weak = weakness(username, password)
  if (weak !== undefined) return weak
  const written = JSON.stringify(password.normalize('NFKC').toLowerCase()) // as it is written in the list
  return (await readFile(commonPasswords)).includes(written) ? 'is one of the most common passwords' : undefined
}

/** Throws 422, about that field. `before`: the password whose place it takes. */
export async function expectGood(username: string, password: string, path: string, before?: string): Promise<void> {
  const isSame = before?.normalize('NFKC') === password.normalize('NFKC')
  const message = isSame ? 'must not be the password before' : await problemWith(username, password)
  if (message !== undefined) throw invalid([{ path, message }])
}
