import { execFile, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@docket/addresses/addresses.ts'
import { makeFolder } from '@docket/addresses/own-folder.ts'

const run = promisify(execFile)

export interface Tool {
  name: string
  folders?: string[]
  debianPackage(): Promise<string>
  size: string
  howToInstall: string
  env?(): Record<string, string>
}

export interface FoundTool {
  path: string
  env: Record<string, string>
}

/** observability:check and bench unpack Debian's packages here. */
const unpacked = join(root, '.local/tools')

/** The first copy of the program that starts; undefined when there is none. */
export function findTool({ name, folders = [], env }: Tool): FoundTool | undefined {
  const installed = [
    ...folders.flatMap(folder => matches(folder)),
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  ].map(folder => ({ path: join(folder, name), env: {} }))
  const own = ['usr/bin', ...folders]
    .flatMap(folder => matches(folder.replace(/^\//, ''), unpacked))
    .map(folder => ({ path: join(unpacked, folder, name), env: env?.() ?? {} }))
  return [...installed, ...own].find(starts)
}

/** The folder is not part of the pattern, because its name may contain special characters. */
const matches = (pattern: string, cwd = '/') =>
  globSync(pattern, { cwd }).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))

/** A file alone proves nothing: Debian's /usr/bin/pgbench is a wrapper that may lack its program. */
const starts = ({ path, env }: FoundTool) =>
  spawnSync(path, ['--version'], { env: { ...process.env, ...env }, stdio: 'ignore' }).status === 0

export async function findOrFetchTool(tool: Tool, print: (line: string) => void): Promise<FoundTool> {
  const found = findTool(tool)
  if (found) return found
  try {
    const name = await tool.debianPackage()
    print(`${tool.name} is not installed: fetching Debian's package ${name}, once (${tool.size})`)
    await fetchPackage(name)
  } catch (cause) {
    throw new Error(`${tool.name} is needed: ${tool.howToInstall}`, { cause })
  }
  const fetched = findTool(tool)
  if (!fetched) throw new Error(`Debian's package has no ${tool.name} that starts: ${tool.howToInstall}`)
  return fetched
}

async function fetchPackage(name: string): Promise<void> {
  makeFolder(unpacked)
  const folder = mkdtempSync(join(unpacked, 'fetch-'))
  try {
    await run('apt-get', ['download', name], { cwd: folder })
    const file = readdirSync(folder).find(entry => entry.endsWith('.deb'))
    if (!file) throw new Error(`apt-get download ${name}: no file was downloaded`)
    await run('dpkg-deb', ['-x', join(folder, file), unpacked])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
