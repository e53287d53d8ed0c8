import { usage } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { readText, type Kind } from './files.ts'
import { promptFor } from './prompt.ts'

export interface PasswordOptions {
  passwordStdin?: boolean
  passwordFile?: string
}

export interface NewPasswordOptions {
  newPasswordFile?: string
}

/** Never read from an argument, because other users of the machine can see those. */
export async function passwordFrom(
  { passwordStdin, passwordFile }: PasswordOptions,
  mgmt: Mgmt,
  twice: boolean,
): Promise<string> {
  if (passwordFile !== undefined) return passwordIn(passwordFile, mgmt)
  if (passwordStdin) return lineOf(await readText('-', kind, mgmt), 'nothing came on stdin')
  expectTerminal(mgmt, 'give it with --password-stdin or --password-file FILE')
  return twice ? askTwice(mgmt, 'Password') : ask(mgmt, 'Password')
}

/** On stdin, one line each, because there is only one stream for the two passwords. */
export async function passwordsFrom(
  { passwordStdin, passwordFile, newPasswordFile }: PasswordOptions & NewPasswordOptions,
  mgmt: Mgmt,
): Promise<{ password: string; newPassword: string }> {
  if (passwordFile !== undefined && newPasswordFile !== undefined)
    return { password: await passwordIn(passwordFile, mgmt), newPassword: await passwordIn(newPasswordFile, mgmt) }
  if (passwordStdin) {
    const [, password = '', newPassword = ''] =
      /^([^\r\n]*)(?:\r\n?|\n)([^]*)$/.exec(await readText('-', kind, mgmt)) ?? []
    const missing = 'two lines are needed on stdin, the old one and the new one'
    return { password: lineOf(password, missing), newPassword: lineOf(newPassword, missing) }
  }
  expectTerminal(mgmt, 'give both with --password-stdin, or with --password-file FILE and --new-password-file FILE')
  return { password: await ask(mgmt, 'Old password'), newPassword: await newPasswordFrom({}, mgmt) }
}

export const newPasswordFrom = async ({ newPasswordFile }: NewPasswordOptions, mgmt: Mgmt): Promise<string> =>
  newPasswordFile === undefined ? askTwice(mgmt, 'New password') : passwordIn(newPasswordFile, mgmt)

function expectTerminal(mgmt: Mgmt, next: string): void {
  if (!mgmt.interactive) throw usage('There is no terminal to prompt for a password.', next)
}

const kind: Kind = { what: 'the password file', mostBytes: 64 * 1_024 }

const passwordIn = async (file: string, mgmt: Mgmt) => lineOf(await readText(file, kind, mgmt), `${file} is empty`)

function lineOf(text: string, empty: string): string {
  const password = text.replace(/(\r\n?|\n)$/, '')
  if (password === '') throw usage(`There is no password: ${empty}.`)
  if (/[\r\n]/.test(password))
    throw usage('There is more than one line where the password should be.', 'give the password alone')
  return password
}

async function askTwice(mgmt: Mgmt, message: string): Promise<string> {
  const password = await ask(mgmt, message)
  if ((await ask(mgmt, 'Once more')) !== password) throw usage('The two passwords are not the same.')
  return password
}

const ask = (mgmt: Mgmt, message: string) => promptFor(mgmt, { type: 'password', message, mask: '*' })
