import { execFile } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root, type Addresses } from '@docket/addresses/addresses.ts'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { clusterId } from './kafka.ts'
import type { Print } from './programs.ts'
import type { Secrets } from '@docket/addresses/secrets.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)
const note = (dir: string) => join(dir, 'run', 'docker')

/** True when the servers of this stack were started by Docker, and not stopped since. */
export const usesDocker = (dir: string) => existsSync(note(dir))

export async function startDocker(
  at: Addresses,
  keys: Secrets,
  servers: Server['name'][],
  print: Print,
): Promise<void> {
  if (servers.length === 0) return
  await expectDocker()
  print(`docker compose     starts ${servers.join(', ')}`)
  ownFolder(join(at.dir, 'run'))
  writeFileSync(note(at.dir), '')
  await compose(at, ['up', '--detach', '--wait', ...servers], {
    KAFKA_CLUSTER_ID: clusterId(at),
    POSTGRES_PASSWORD: keys.postgresAdmin.password,
    MARIADB_ROOT_PASSWORD: keys.mariadbRoot.password,
    MARIADB_PASSWORD: keys.mariadbUsers.password,
  })
}

export async function stopDocker(
  at: Addresses,
  servers: Server['name'][],
  withData: boolean,
  print: Print,
): Promise<void> {
  if (servers.length === 0) return
  const unknown = { POSTGRES_PASSWORD: '-', MARIADB_ROOT_PASSWORD: '-', MARIADB_PASSWORD: '-' } // not needed to stop
  await compose(at, withData ? ['down', '--volumes'] : ['stop', ...servers], unknown)
  if (withData || servers.length === 3) rmSync(note(at.dir), { force: true })
  print(`docker compose     stopped ${servers.join(', ')}`)
}

async function expectDocker(): Promise<void> {
  try {
    await run('docker', ['compose', 'version'])
  } catch (cause) {
    throw new Error('--docker needs Docker with its compose plugin, and it does not answer (docker compose version)', {
      cause,
    })
  }
}

async function compose(at: Addresses, args: string[], passwords: Record<string, string>): Promise<void> {
  const env = {
    ...process.env,
    ...passwords,
    KAFKA_PORT: at.kafka.split(':')[1],
    POSTGRES_PORT: String(at.postgres.port),
    MARIADB_PORT: String(at.mariadb.port),
  }
  try {
    await run('docker', ['compose', '-f', join(root, 'compose.yaml'), '-p', `docket-${at.offset}`, ...args], { env })
  } catch (cause) {
    const reason = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause)
    throw new Error(`docker compose ${args[0]} failed: ${reason}`, { cause })
  }
}
