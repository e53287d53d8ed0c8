import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'

const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { maxBuffer: 1 << 30 })

const releases = JSON.parse(readFileSync(join(root, 'releases.json'), 'utf8')) as Record<string, string>

/** The release that an update starts from, as the history has it. */
export interface Release {
  name: string
  commit: string
}

/** The newest release. Undefined where the history does not reach back to it, as in a shallow clone. */
export function releaseBefore(): Release | undefined {
  const [name = '', commit = ''] = Object.entries(releases).at(-1) ?? []
  try {
    git('cat-file', '-e', `${commit}^{commit}`)
    return { name, commit }
  } catch {
    return undefined
  }
}

export function checkoutOf({ commit }: Release): string {
  const folder = join(root, '.local', 'releases', commit)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}.new-${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  execFileSync('tar', ['-x', '-C', unfinished], { input: git('archive', commit) })
  execFileSync('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: unfinished,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  renameSync(unfinished, folder)
  return folder
}
