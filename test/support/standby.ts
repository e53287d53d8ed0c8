import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { postgresHome, removePostgresHome } from '@docket/local/servers/postgres-home.ts'
import { postgresServer } from '@docket/local/servers/postgres.ts'
import { freePorts } from './free-ports.ts'

/** A PostgreSQL that answers, and takes no changes, as one that was demoted in a failover; its address. */
export async function aStandby(t: ExecutionContext): Promise<string> {
  const [port = 0] = await freePorts(1)
  const dir = mkdtempSync(join(tmpdir(), 'docket-standby-'))
  const keys = secrets(addresses().dir)
  const { host } = addresses().postgres
  const { command, cwd } = await postgresServer({ ...addresses(), dir, postgres: { host, port } }, keys).prepare(
    () => undefined,
  )
  writeFileSync(join(postgresHome(dir).folder, 'data/standby.signal'), '')
  const [program = '', ...args] = command
  const server = spawn(program, args, { cwd, stdio: 'ignore' })
  t.teardown(async () => {
    server.kill('SIGINT')
    if (server.exitCode === null) await once(server, 'exit')
    removePostgresHome(dir)
    rmSync(dir, { recursive: true })
  })
  const { user, password } = keys.postgresAdmin
  return `postgres://${user}:${password}@${host}:${port}/postgres`
}
