import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installedPrograms } from './servers/postgres-home.ts'
import { findOrFetchTool, type FoundTool, type Tool } from './tools.ts'

const run = promisify(execFile)

/**
 * PostgreSQL's own benchmark client, from version 13 on, whatever the server's version: the npm package contains the
 * server only.
 */
const pgbench: Tool = {
  name: 'pgbench',
  folders: ['/usr/lib/postgresql/*/bin'],
  size: '17 MB',
  debianPackage: newestPostgres,
  howToInstall:
    'install pgbench (Debian: apt-get install postgresql, whose pgbench is in /usr/lib/postgresql/*/bin; macOS: brew install postgresql) and have it in the PATH',
  // libpq is in a separate package of Debian, and in ours
  env: () => ({ LD_LIBRARY_PATH: join(installedPrograms(), 'lib') }),
}

/** Debian's `postgresql` is empty: it depends on the package of the version that this Debian has. */
async function newestPostgres(): Promise<string> {
  const { stdout } = await run('apt-cache', ['depends', 'postgresql'])
  const name = /Depends: (postgresql-\d+)/.exec(stdout)?.[1]
  if (!name) throw new Error('apt-cache depends postgresql: it names no version')
  return name
}

export const findPgbench = (say: (line: string) => void): Promise<FoundTool> => findOrFetchTool(pgbench, say)
