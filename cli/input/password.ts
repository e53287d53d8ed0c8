import { usage } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { readText, type Kind } from './files.ts'

export interface PasswordOptions {
  passwordStdin?: boolean
  passwordFile?: string
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
  if (passwordFile !== undefined) return lineOf(await readText(passwordFile, kind, mgmt), `${passwordFile} is empty`)
  if (passwordStdin) return lineOf(await readText('-', kind, mgmt), 'nothing came on stdin')
  if (!mgmt.interactive)
    throw usage(
      'There is no terminal to prompt for a password.',
      'give it with --password-stdin or --password-file FILE',
    )
  return ask(twice)
}

const kind: Kind = { what: 'the password file', mostBytes: 64 * 1_024 }

function lineOf(text: string, empty: string): string {
  const password = text.replace(/(\r\n?|\n)$/, '')
  if (password === '') throw usage(`There is no password: ${empty}.`)
  if (/[\r\n]/.test(password))
    throw usage('There is more than one line where the password should be.', 'give the password alone')
  return password
}

/** Prompts on stderr: stdout is for data. */
async function ask(twice: boolean): Promise<string> {
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({ output: process.stderr })
  const { password } = await prompt<{ password: string }>([
    { type: 'password', name: 'password', message: 'Password', mask: '*' },
  ])
  if (!twice) return password
  const { again } = await prompt<{ again: string }>([
    { type: 'password', name: 'again', message: 'Once more', mask: '*' },
  ])
  if (again !== password) throw usage('The two passwords are not the same.')
  return password
}
