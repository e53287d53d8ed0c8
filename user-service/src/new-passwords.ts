import { readFile } from 'node:fs/promises'
import { invalid } from '@docket/chassis/http/errors.ts'
import { weakness } from './user.ts'

const commonPasswords = new URL(import.meta.resolve('@zxcvbn-ts/language-common/src/passwords.json'))

/**
 * What is wrong with a password that somebody chooses, or undefined. The 49,000 most common ones are read each time:
 * few choose one, and in memory they would stay for nothing.
 */
export async function problemWith(username: string, password: string): Promise<string | undefined> {
  const weak = weakness(username, password)
  if (weak !== undefined) return weak
  const written = JSON.stringify(password.normalize('NFKC').toLowerCase()) // as the list has it
  return (await readFile(commonPasswords)).includes(written) ? 'is one of the most common passwords' : undefined
}

/** Throws 422, about that field. `before`: the password whose place it takes. */
export async function expectGood(username: string, password: string, path: string, before?: string): Promise<void> {
  const isSame = before?.normalize('NFKC') === password.normalize('NFKC')
  const message = isSame ? 'must not be the password before' : await problemWith(username, password)
  if (message !== undefined) throw invalid([{ path, message }])
}
