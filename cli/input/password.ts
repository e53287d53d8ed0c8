import { readFileSync } from 'node:fs'
import { usage } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { waitingFor } from '../waiting.ts'

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
  if (passwordFile !== undefined) return lineOf(readPasswordFile(passwordFile), `${passwordFile} is empty`)
  if (passwordStdin) {
    const chunks: Buffer[] = []
    await waitingFor('the password on stdin, and its end', async () => {
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
    })
    return lineOf(Buffer.concat(chunks).toString(), 'nothing came on stdin')
  }
  if (!mgmt.interactive)
    throw usage(
      'There is no terminal to prompt for a password.',
      'give it with --password-stdin or --password-file FILE',
    )
  return ask(twice)
}

function readPasswordFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw usage(`The password file cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function lineOf(text: string, empty: string): string {
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw usage(`There is no password: ${empty}.`)
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
