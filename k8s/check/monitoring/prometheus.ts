import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@docket/addresses/addresses.ts'

const run = promisify(execFile)

export type PrometheusTool = 'prometheus' | 'promtool'

const tools = join(root, '.local/tools')
const fetched = join(tools, 'usr/bin')

/** Where the program is: in the PATH, or in .local/tools, where `npm run observability:check` puts it. */
export function findTool(name: PrometheusTool): string | undefined {
  return [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), fetched]
    .map(folder => join(folder, name))
    .find(path => existsSync(path))
}

/** Why something that needs the program is left out. */
export const howToGetTools =
  'install Prometheus 2.42 or newer (apt-get install prometheus), or put promtool and prometheus into .local/tools/usr/bin; ' +
  'where there is apt, npm run observability:check fetches them without root'

/** The program; where it is not there, Debian's package is fetched and unpacked into .local/tools, without root. */
export async function theTool(name: PrometheusTool, print: (line: string) => void): Promise<string> {
  const found = findTool(name)
  if (found) return found
  print(`${name} is not in the PATH: fetching Debian's package of Prometheus, once (20 MB)`)
  try {
    await fetchPackage()
  } catch (cause) {
    throw new Error(`${name} is needed: ${howToGetTools}`, { cause })
  }
  const now = findTool(name)
  if (!now) throw new Error(`Debian's package of Prometheus has no ${name}: ${howToGetTools}`)
  return now
}

async function fetchPackage(): Promise<void> {
  mkdirSync(tools, { recursive: true })
  const folder = mkdtempSync(join(tools, 'fetch-'))
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: folder })
    const [file] = readdirSync(folder).filter(name => name.endsWith('.deb'))
    if (!file) throw new Error('apt-get download prometheus: nothing came')
    await run('dpkg-deb', ['-x', join(folder, file), tools])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
