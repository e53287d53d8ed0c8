import { readFileSync } from 'node:fs'
import { usage } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { waitingFor } from '../waiting.ts'

export interface PasswordOptions {
  passwordStdin?: boolean
  passwordFile?: string
}

export interface NewPasswordOptions {
  newPasswordFile?: string
}

/**
 * The password from where the flags say, or from a person at a terminal. Never from an argument: these can be seen by
 * others.
 */
export async function passwordFrom(
  { passwordStdin, passwordFile }: PasswordOptions,
  mgmt: Mgmt,
  twice: boolean,
): Promise<string> {
  if (passwordFile !== undefined) return passwordIn(passwordFile)
  if (passwordStdin) return lineOf(await readStdin(), 'nothing came on stdin')
  expectTerminal(mgmt, 'give it with --password-stdin or --password-file FILE')
  return twice ? askTwice('Password') : ask('Password')
}

/** The password that there is and the one that takes its place; on stdin a line each. */
export async function passwordsFrom(
  { passwordStdin, passwordFile, newPasswordFile }: PasswordOptions & NewPasswordOptions,
  mgmt: Mgmt,
): Promise<{ password: string; newPassword: string }> {
  if (passwordFile !== undefined && newPasswordFile !== undefined)
    return { password: passwordIn(passwordFile), newPassword: passwordIn(newPasswordFile) }
  if (passwordStdin) {
    const [password = '', newPassword = ''] = (await readStdin()).split(/\r?\n/)
    const missing = 'two lines are needed on stdin, the old one and the new one'
    return { password: lineOf(password, missing), newPassword: lineOf(newPassword, missing) }
  }
  expectTerminal(mgmt, 'give both with --password-stdin, or with --password-file FILE and --new-password-file FILE')
  return { password: await ask('Old password'), newPassword: await newPasswordFrom({}) }
}

/** A new password from a file, or from a person at a terminal. */
export const newPasswordFrom = async ({ newPasswordFile }: NewPasswordOptions): Promise<string> =>
  newPasswordFile === undefined ? askTwice('New password') : passwordIn(newPasswordFile)

function expectTerminal(mgmt: Mgmt, next: string): void {
  if (!mgmt.interactive) throw usage('There is no terminal to prompt for a password.', next)
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  await waitingFor('the password on stdin, and its end', async () => {
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  })
  return Buffer.concat(chunks).toString()
}

function passwordIn(file: string): string {
  try {
    return lineOf(readFileSync(file, 'utf8'), `${file} is empty`)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw usage(`The password file cannot be read: ${error.message}`)
    throw error
  }
}

function lineOf(text: string, empty: string): string {
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw usage(`There is no password: ${empty}.`)
  return password
}

async function askTwice(message: string): Promise<string> {
  const password = await ask(message)
  if ((await ask('Once more')) !== password) throw usage('The two passwords are not the same.')
  return password
}

/** Prompts on stderr: stdout is for data. */
async function ask(message: string): Promise<string> {
  const { createPromptModule } = await import('inquirer')
  const { password } = await createPromptModule({ output: process.stderr })<{ password: string }>([
    { type: 'password', name: 'password', message, mask: '*' },
  ])
  return password
}
