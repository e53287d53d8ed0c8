import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@docket/addresses/addresses.ts'

const run = promisify(execFile)
const installWithinMs = 50_000 // ava gives up on a file that says nothing for a minute

export type Python = { program: string } | { missing: string }

/** Makes an environment below .local/ for these requirements, once: the next run finds it there. */
export async function pythonWith(requirements: string): Promise<Python> {
  const home = join(
    root,
    '.local',
    `python-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`,
  )
  const program = join(home, 'bin', 'python3')
  const stamp = join(home, 'installed')
  if (existsSync(stamp)) return { program }
  try {
    await run('python3', [
      '-c',
      'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")',
    ])
    rmSync(home, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', home])
    await run(
      join(home, 'bin', 'pip'),
      ['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', requirements],
      { timeout: installWithinMs },
    )
    writeFileSync(stamp, '')
    return { program }
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string }
    return { missing: (stderr || message).trim().split('\n').at(-1) ?? message }
  }
}
